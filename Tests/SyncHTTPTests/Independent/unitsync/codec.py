"""§1 Primitives. One value has exactly one encoding; a reader checks every bound and refuses every other form."""

import hashlib

from . import Refused


def sha256(data):
    return hashlib.sha256(data).digest()


def labelled(label, *parts):
    """What a hash is taken over and what a key signs: the label, length first, and what follows."""
    text = label.encode()
    return varint(len(text)) + text + b"".join(parts)


def H(label, *parts):
    return sha256(labelled(label, *parts))


def varint(value):
    if not 0 <= value < 1 << 64:
        raise ValueError("a varint has 64 bits")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def u64(value):
    return value.to_bytes(8, "big")


def blob(data):
    return varint(len(data)) + data


def text(value):
    return blob(value.encode())


class Reader:
    def __init__(self, data):
        self.data = bytes(data)
        self.at = 0

    @property
    def left(self):
        return len(self.data) - self.at

    def raw(self, count):
        if count > self.left:
            raise Refused(f"{count} bytes wanted, {self.left} left")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.raw(1)[0]

    def varint(self, limit=(1 << 64) - 1):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= 70:
                raise Refused("a varint of more than 10 bytes")
        if byte == 0 and shift > 7:
            raise Refused("a varint longer than needed")
        if value > limit:
            raise Refused(f"{value} is over the limit of {limit}")
        return value

    def count(self, least, limit=1 << 32):
        """A count of things of at least so many bytes each: never more than the input can hold."""
        return self.varint(min(limit, self.left // least))

    def zigzag(self):
        value = self.varint()
        return value >> 1 if value & 1 == 0 else -(value >> 1) - 1

    def u64(self):
        return int.from_bytes(self.raw(8), "big")

    def id(self):
        return self.raw(16)

    def hash(self):
        return self.raw(32)

    def blob(self, limit=1 << 32):
        return self.raw(self.varint(limit))

    def text(self):
        try:
            return self.blob().decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused("no UTF-8") from error

    def end(self):
        if self.left:
            raise Refused(f"{self.left} bytes too many")


def ascending(keys, what):
    """Refuses what does not strictly ascend."""
    keys = list(keys)
    if any(right <= left for left, right in zip(keys, keys[1:])):
        raise Refused(f"{what} do not ascend")
