"""§3 Values: (kind, what it holds)."""

from . import Refused
from .codec import Reader, blob, varint, zigzag

NOTHING, TEXT, INTEGER, DECIMAL, BYTES, CHOICE, DATE, LIST = range(8)
DEPTH = 3


def read(reader, depth=0):
    """The value's own bytes and what they mean; of a kind that nobody knows, the payload."""
    start = reader.at
    kind, payload = reader.varint(), Reader(reader.blob(256 << 10))
    meaning = meaning_of(kind, payload, depth)
    payload.end()
    return reader.data[start : reader.at], (kind, meaning)


def meaning_of(kind, payload, depth):
    if kind == NOTHING:
        return None
    if kind == TEXT:
        try:
            return payload.raw(payload.left).decode()
        except UnicodeDecodeError as error:
            raise Refused("no UTF-8") from error
    if kind in (INTEGER, DATE):
        return payload.zigzag()
    if kind == DECIMAL:
        mantissa, scale = payload.zigzag(), payload.varint(6)
        if scale and mantissa % 10 == 0:
            raise Refused("a decimal with zeros at its end")
        return mantissa, scale
    if kind == CHOICE:
        return payload.varint()
    if kind == LIST:
        if depth == DEPTH:
            raise Refused("lists nested too deep")
        parts = []
        while payload.left:
            parts.append(read(payload, depth + 1)[1])
        return parts
    return payload.raw(payload.left)


def write(value):
    kind, meaning = value
    return varint(kind) + blob(payload_of(kind, meaning))


def payload_of(kind, meaning):
    if kind == NOTHING:
        return b""
    if kind == TEXT:
        return meaning.encode()
    if kind in (INTEGER, DATE):
        return zigzag(meaning)
    if kind == DECIMAL:
        mantissa, scale = meaning
        while scale and mantissa % 10 == 0:
            mantissa, scale = mantissa // 10, scale - 1
        return zigzag(mantissa) + varint(scale)
    if kind == CHOICE:
        return varint(meaning)
    if kind == LIST:
        return b"".join(map(write, meaning))
    return meaning
