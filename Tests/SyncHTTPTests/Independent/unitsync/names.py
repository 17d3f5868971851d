"""§2 Names."""

from typing import NamedTuple

from . import Refused
from .codec import H, Reader, varint

NOTICES, ANSWERS, INTERNAL, INSPECTION = 1, 2, 3, 4
CHANNELS = {"notices": NOTICES, "answers": ANSWERS, "internal": INTERNAL, "inspection": INSPECTION}


def school_id(root_key, rehearsal):
    return H("unitsync school 1", bytes([rehearsal]), root_key)[:16]


def device_id(key):
    return H("unitsync device 1", key)[:16]


def replica_id(school, key, incarnation):
    return H("unitsync replica 1", school, key, incarnation)[:16]


def unit_subject(path):
    return H("unitsync unit 1", path)[:16]


def path_key(text):
    return b"".join(segment.encode() + b"\0" for segment in text.split("/"))


def path_text(key):
    check_path(key)
    return "/".join(segment.decode() for segment in key.split(b"\0")[:-1])


def check_path(key):
    segments = key.split(b"\0")
    if segments.pop() != b"" or not 1 <= len(segments) <= 8:
        raise Refused("no unit path")
    for segment in segments:
        if not 1 <= len(segment) <= 64:
            raise Refused("no unit path")
        try:
            segment.decode()
        except UnicodeDecodeError as error:
            raise Refused("no unit path") from error
    return key


def is_within(path, other):
    """`path` is `other` or below it: as bytes, a subtree is one range."""
    return path.startswith(other)


class Log(NamedTuple):
    unit: bytes
    channel: int

    @property
    def key(self):
        return self.unit + bytes([self.channel])

    @staticmethod
    def of(key):
        if not key or key[-1] not in CHANNELS.values():
            raise Refused("no log")
        return Log(check_path(key[:-1]), key[-1])

    def __str__(self):
        name = next(name for name, number in CHANNELS.items() if number == self.channel)
        return f"{path_text(self.unit)}:{name}"


class Register(NamedTuple):
    """Ordered as the page orders registers."""

    kind: int
    subject: bytes
    element: bytes = bytes(16)
    part: int = 0
    field: int = 0

    @property
    def bytes(self):
        has_element, has_part = self.element != bytes(16), self.part != 0
        return (
            bytes([has_element | has_part << 1])
            + varint(self.kind)
            + self.subject
            + (self.element if has_element else b"")
            + (varint(self.part) if has_part else b"")
            + varint(self.field)
        )

    @staticmethod
    def read(reader):
        shape = reader.byte()
        if shape > 3:
            raise Refused("a register of a newer version")
        kind, subject = reader.varint(0xFFFF), reader.id()
        element = reader.id() if shape & 1 else bytes(16)
        part = reader.varint() if shape & 2 else 0
        register = Register(kind, subject, element, part, reader.varint(0xFFFF))
        if register.bytes[0] != shape:
            raise Refused("a register with a zero that is written out")
        return register

    def __str__(self):
        element = f"/{self.element.hex()}" if self.element != bytes(16) else ""
        return f"{self.kind}:{self.subject.hex()}{element}:{self.part}:{self.field}"


def read_all(data, read):
    reader = Reader(data)
    value = read(reader)
    reader.end()
    return value
