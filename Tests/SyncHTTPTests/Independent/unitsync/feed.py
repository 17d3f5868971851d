"""§3 Feeds: record 0, entries, the chain, heads."""

from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from . import Refused, values
from .codec import H, Reader, ascending, blob, labelled, sha256, u64, varint, zigzag
from .names import Log, Register, replica_id

ENTRY_BYTES, CHANGES, TIPS = 256 << 10, 1024, 4096
HEAD_ENTRIES, HEAD_BYTES = 1000, 512 << 10


class Genesis(NamedTuple):
    school: bytes
    log: Log
    key: bytes
    incarnation: bytes
    continues: tuple | None = None

    @property
    def bytes(self):
        tail = b"\0"
        if self.continues:
            replica, seq, h = self.continues
            tail = b"\1" + replica + varint(seq) + h
        return varint(1) + varint(1) + self.school + blob(self.log.key) + self.key + self.incarnation + tail

    @staticmethod
    def of(data):
        reader = Reader(data)
        if (reader.varint(), reader.varint()) != (1, 1):
            raise Refused("a feed of a newer version")
        genesis = Genesis(reader.id(), Log.of(reader.blob(1024)), reader.hash(), reader.id())
        if reader.byte():
            genesis = genesis._replace(continues=(reader.id(), reader.varint(), reader.hash()))
        reader.end()
        if genesis.bytes != data:
            raise Refused("record 0 in another form")
        return genesis

    @property
    def replica(self):
        return replica_id(self.school, self.key, self.incarnation)

    @property
    def h0(self):
        return H("unitsync feed 1", self.bytes)


class Change(NamedTuple):
    register: Register
    # (replica, seq, tag8); of the own chain the tag is None.
    kept: tuple


@dataclass
class Entry:
    seq: int
    header: bytes
    time: tuple  # HLC: (milliseconds, counter)
    claimed: int
    delta: list  # (replica, seq, tag8)
    person: bytes
    changes: list
    h: bytes = b""
    # By change: its bytes and what they mean; None for a digest without its value.
    values: list = field(default_factory=list)


class Names:
    """What a feed has introduced so far: indices count from 1, and start empty in every feed."""

    def __init__(self, other=None):
        self.replicas = list(other.replicas) if other else []
        self.persons = list(other.persons) if other else []
        self.registers = list(other.registers) if other else []
        self.time = other.time if other else (0, 0)


def read_header(data, seq, own, names):
    """Reads the header that follows in a feed, and adds what it introduces to `names`."""
    reader = Reader(data)
    flags = reader.varint()
    if flags & ~3:
        raise Refused("header flags of a newer version")
    milliseconds = names.time[0] + reader.varint(1 << 48)
    counter = reader.varint(0xFFFFFFFF) if flags & 1 else 0
    if flags & 1 and counter == 0:
        raise Refused("a counter of 0 that is written out")
    claimed = milliseconds
    if flags & 2:
        offset = reader.zigzag()
        if abs(offset) <= 60_000:
            raise Refused("a raw clock that is not over a minute off")
        claimed += offset
    time = (milliseconds, counter)
    if time <= names.time or milliseconds >= 1 << 48:
        raise Refused("the clock does not grow")
    names.time = time

    delta, order, introduced = [], [], []
    for _ in range(reader.count(10, TIPS)):
        index = reader.varint(len(names.replicas))
        if index == 0:
            replica = reader.id()
            introduced.append(replica)
            names.replicas.append(replica)
            index = len(names.replicas)
        else:
            replica = names.replicas[index - 1]
        tip = (replica, reader.varint(0xFFFFFFFF), reader.raw(8))
        if replica == own or tip[1] == 0:
            raise Refused("a tip that cannot be")
        order.append((index, tip[1], tip[2]))
        delta.append(tip)
    ascending(order, "tips")
    ascending(introduced, "introduced replicas")

    index = reader.varint(len(names.persons))
    if index == 0:
        names.persons.append(reader.id())
    person = names.persons[index - 1]

    known, new, changes = [], [], []
    count = reader.count(2, CHANGES)
    if count == 0:
        raise Refused("an entry without changes")
    before = len(names.registers)
    for _ in range(count):
        index = reader.varint(before)
        if index == 0:
            register = Register.read(reader)
            new.append(register)
            names.registers.append(register)
        else:
            if new:
                raise Refused("introductions come last")
            register = names.registers[index - 1]
            known.append(index)
        kept, order = [], []
        for _ in range(reader.count(2, TIPS)):
            replica = reader.varint(len(names.replicas))
            at = reader.varint(0xFFFFFFFF)
            tag = reader.raw(8) if replica else None
            order.append((replica, at, tag or b""))
            kept.append((names.replicas[replica - 1] if replica else own, at, tag))
        ascending(order, "kept dots")
        changes.append(Change(register, tuple(kept)))
    ascending(known, "changes")
    ascending(new, "introduced registers")
    reader.end()
    return Entry(seq, data, time, claimed, delta, person, changes)


def write_header(names, time, claimed, delta, person, changes, own):
    """The header of a feed's next entry and its changes in order; `names` learns what it introduces."""
    flags = (1 if time[1] else 0) | (2 if abs(claimed - time[0]) > 60_000 else 0)
    out = varint(flags) + varint(time[0] - names.time[0])
    if flags & 1:
        out += varint(time[1])
    if flags & 2:
        out += zigzag(claimed - time[0])
    names.time = time
    known = sorted((names.replicas.index(tip[0]), tip) for tip in delta if tip[0] in names.replicas)
    new = sorted(tip for tip in delta if tip[0] not in names.replicas)
    out += varint(len(delta))
    for index, (_, seq, tag) in known:
        out += varint(index + 1) + varint(seq) + tag
    for replica, seq, tag in new:
        names.replicas.append(replica)
        out += varint(0) + replica + varint(seq) + tag
    if person in names.persons:
        out += varint(names.persons.index(person) + 1)
    else:
        names.persons.append(person)
        out += varint(0) + person
    ordered = sorted(changes, key=lambda change: place(names, change.register))
    out += varint(len(ordered))
    for change in ordered:
        if change.register in names.registers:
            out += varint(names.registers.index(change.register) + 1)
        else:
            out += varint(0) + change.register.bytes
        kept = sorted(
            (0 if replica == own else names.replicas.index(replica) + 1, seq, b"" if replica == own else tag)
            for replica, seq, tag in change.kept
        )
        out += varint(len(kept))
        for replica, seq, tag in kept:
            out += varint(replica) + varint(seq) + tag
    for change in ordered:
        if change.register not in names.registers:
            names.registers.append(change.register)
    return out, ordered


def place(names, register):
    if register in names.registers:
        return (0, names.registers.index(register))
    return (1, register)


def salt(secret, seq, change):
    return H("unitsync salt 1", secret, u64(seq), u64(change))[:16]


def values_digest(slots):
    """`slots`: SHA-256(salt ‖ value) of each change, or the digest that stands in its place."""
    return sha256(b"".join(slots))


def link(h, header_digest, digest):
    return sha256(h + header_digest + digest)


def head_message(school, log, replica, seq, h):
    return labelled("unitsync head 1", school, blob(log.key), replica, varint(seq), h)


def verify(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def read_values(data, count):
    reader = Reader(data)
    found = [values.read(reader) for _ in range(count)]
    reader.end()
    return found
