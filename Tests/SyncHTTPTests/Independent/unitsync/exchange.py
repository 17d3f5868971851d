"""§7 Exchange: one message each way."""

from dataclasses import dataclass, field
from typing import NamedTuple

from . import Refused
from .codec import H, Reader, ascending, blob, u64, varint
from .names import Log

FRAME = 4 << 20
NOTHING, FINGERPRINT, FINGERPRINTS, ITEMS = range(4)


class Hello(NamedTuple):
    school: bytes
    store: bytes
    unit: bytes
    clock: int


class Summary(NamedTuple):
    digest: bytes
    logs: int
    entries: int
    arrival: int


class Item(NamedTuple):
    log: Log
    tips: tuple  # (replica, seq, tag8), ascending
    owed: int


class Range(NamedTuple):
    """What a message says of the logs below `bound` (None: all), from the bound before on."""

    bound: bytes | None
    mode: int
    content: tuple = ()


class Want(NamedTuple):
    log: Log
    replica: bytes
    seq: int
    tag: bytes


class Probe(NamedTuple):
    log: Log
    replica: bytes
    places: tuple


class Refusal(NamedTuple):
    log: Log
    replica: bytes
    seq: int
    reason: int


@dataclass
class Exchange:
    hello: Hello
    summary: Summary
    cursor: tuple | None = None
    # (salt, low, ranges)
    ranges: tuple | None = None
    segments: list = field(default_factory=list)
    wants: list = field(default_factory=list)
    probes: list = field(default_factory=list)
    refusals: list = field(default_factory=list)
    more: bool = False
    # (own marks, remembered: (store, mark) or None); a mark is (arrival, hash).
    history: tuple | None = None
    vouchers: tuple | None = None
    files_mark: bytes | None = None

    @property
    def bytes(self):
        parts = {
            1: self.hello.school + self.hello.store + blob(self.hello.unit) + u64(self.hello.clock),
            2: self.summary.digest + b"".join(map(varint, self.summary[1:])),
        }
        if self.cursor:
            parts[3] = self.cursor[0] + varint(self.cursor[1])
        if self.ranges:
            parts[4] = write_ranges(*self.ranges)
        if self.segments:
            parts[6] = varint(len(self.segments)) + b"".join(map(blob, self.segments))
        if self.wants:
            names = Writer()
            parts[7] = varint(len(self.wants)) + b"".join(
                names.log(want.log) + names.replica(want.replica) + varint(want.seq) + want.tag for want in self.wants
            )
        if self.probes:
            names = Writer()
            parts[8] = varint(len(self.probes)) + b"".join(
                names.log(probe.log)
                + names.replica(probe.replica)
                + varint(len(probe.places))
                + b"".join(varint(seq) + tag for seq, tag in probe.places)
                for probe in self.probes
            )
        if self.refusals:
            names = Writer()
            parts[9] = varint(len(self.refusals)) + b"".join(
                names.log(refusal.log) + names.replica(refusal.replica) + varint(refusal.seq) + varint(refusal.reason)
                for refusal in self.refusals
            )
        if self.more:
            parts[10] = b"\1"
        if self.history:
            own, remembered = self.history
            parts[11] = varint(len(own)) + b"".join(map(write_mark, own))
            if not remembered:
                parts[11] += b"\0"
            elif self.cursor and self.cursor[0] == remembered[0]:
                parts[11] += b"\2" + write_mark(remembered[1])
            else:
                parts[11] += b"\1" + remembered[0] + write_mark(remembered[1])
        if self.vouchers:
            parts[12] = b"".join(b"\1" + voucher if voucher else b"\0" for voucher in self.vouchers)
        if self.files_mark:
            parts[13] = self.files_mark
        return varint(1) + b"".join(varint(kind) + blob(body) for kind, body in sorted(parts.items()))

    @staticmethod
    def of(data):
        reader = Reader(data)
        if reader.varint() != 1:
            raise Refused("an exchange of a newer version")
        parts, last = {}, 0
        while reader.left:
            kind = reader.varint()
            if kind <= last:
                raise Refused("parts do not ascend")
            last = kind
            parts[kind] = Reader(reader.blob())
        if 1 not in parts or 2 not in parts:
            raise Refused("an exchange without hello or summary")
        one, two = parts[1], parts[2]
        message = Exchange(
            Hello(one.id(), one.id(), one.blob(), one.u64()),
            Summary(two.hash(), two.varint(), two.varint(), two.varint()),
        )
        if part := parts.get(3):
            message.cursor = part.id(), part.varint()
        if part := parts.get(4):
            message.ranges = read_ranges(part)
        if part := parts.get(6):
            message.segments = [part.blob() for _ in range(part.count(2))]
        if part := parts.get(7):
            names = Names(part)
            message.wants = [
                Want(names.log(), names.replica(), part.varint(), part.raw(8)) for _ in range(part.count(12))
            ]
        if part := parts.get(8):
            names = Names(part)
            message.probes = [Probe(names.log(), names.replica(), read_places(part)) for _ in range(part.count(4))]
        if part := parts.get(9):
            names = Names(part)
            message.refusals = [
                Refusal(names.log(), names.replica(), part.varint(), part.varint()) for _ in range(part.count(5))
            ]
        if part := parts.get(10):
            message.more = part.byte() == 1
        if part := parts.get(11):
            own = [read_mark(part) for _ in range(part.varint(2))]
            message.history = own, read_remembered(part, message.cursor)
        if part := parts.get(12):
            message.vouchers = tuple(part.raw(64) if part.byte() else None for _ in range(2))
        if part := parts.get(13):
            message.files_mark = part.id()
        for kind in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13):
            if kind in parts:
                parts[kind].end()
        return message


def write_mark(mark):
    return varint(mark[0]) + mark[1]


def read_mark(reader):
    return reader.varint(), reader.hash()


def read_remembered(part, cursor):
    form = part.byte()
    if form == 0:
        return None
    store = part.id() if form == 1 else cursor[0]
    if form > 2 or (form == 1 and cursor and store == cursor[0]):
        raise ValueError("not as the document writes it")
    return store, read_mark(part)


def read_places(reader):
    places = tuple((reader.varint(), reader.raw(8)) for _ in range(reader.count(9)))
    ascending(reversed(places), "places")
    return places


class Writer:
    """Keys by what they share with the one before; replicas by their number in this part."""

    def __init__(self, last=b""):
        self.last, self.known = last, []

    def shared(self, key):
        count = 0
        while count < min(len(key), len(self.last)) and key[count] == self.last[count]:
            count += 1
        self.last = key
        return count, key[count:]

    def log(self, log):
        count, suffix = self.shared(log.key)
        return varint(count) + blob(suffix)

    def replica(self, replica):
        if replica in self.known:
            return varint(self.known.index(replica) + 1)
        self.known.append(replica)
        return varint(0) + replica


class Names:
    def __init__(self, reader, last=b""):
        self.reader, self.last, self.known = reader, last, []

    def key(self, count):
        suffix = self.reader.blob(1024)
        if count > len(self.last) or (suffix and count < len(self.last) and suffix[0] == self.last[count]):
            raise Refused("a key that shares more, or less, than it says")
        self.last = self.last[:count] + suffix
        return self.last

    def log(self):
        return Log.of(self.key(self.reader.varint()))

    def replica(self):
        number = self.reader.varint(len(self.known))
        if number == 0:
            replica = self.reader.id()
            if replica in self.known:
                raise Refused("a replica that is introduced twice")
            self.known.append(replica)
            return replica
        return self.known[number - 1]


def write_ranges(salt, low, ranges):
    names, ranges = Writer(low), joined(ranges)
    out = salt + blob(low) + varint(len(ranges))
    for bound, mode, content in ranges:
        count, suffix = names.shared(bound) if bound is not None else (0, b"")
        out += varint(4 * count + mode) + blob(suffix)
        if mode == FINGERPRINT:
            out += content
        elif mode == FINGERPRINTS:
            out += varint(len(content)) + b"".join(content)
        elif mode == ITEMS:
            out += varint(len(content))
            for log, tips, owed in content:
                out += names.log(log) + varint(2 * len(tips) + (owed > 0))
                out += b"".join(names.replica(replica) + varint(seq) + tag for replica, seq, tag in tips)
                out += varint(owed) if owed else b""
    return out


def joined(ranges):
    """Two neighbours of which nothing is said are one."""
    out = []
    for range in ranges:
        if out and out[-1].mode == range.mode == NOTHING:
            out.pop()
        out.append(range)
    return out


def read_ranges(reader):
    salt, low = reader.raw(8), reader.blob(1024)
    names, ranges, before = Names(reader, low), [], low
    count = reader.count(2)
    for place in range(count):
        shared, mode = divmod(reader.varint(), 4)
        if place == count - 1 and shared == 0 and reader.data[reader.at : reader.at + 1] == b"\0":
            reader.blob()
            bound = None
        else:
            bound = names.key(shared)
            if bound <= before:
                raise Refused("bounds do not ascend")
        content = ()
        if mode == FINGERPRINT:
            content = reader.raw(5)
        elif mode == FINGERPRINTS:
            content = tuple(reader.raw(5) for _ in range(reader.count(5)))
        elif mode == ITEMS:
            content = tuple(read_item(reader, names) for _ in range(reader.count(3)))
            ascending([item.log.key for item in content], "items")
            if content and (content[0].log.key < before or (bound is not None and content[-1].log.key >= bound)):
                raise Refused("an item outside its range")
        if mode == NOTHING and ranges and ranges[-1].mode == NOTHING:
            raise Refused("nothing said twice")
        ranges.append(Range(bound, mode, content))
        before = bound
    return salt, low, ranges


def read_item(reader, names):
    log, count = names.log(), reader.varint()
    tips = tuple((names.replica(), reader.varint(0xFFFFFFFF), reader.raw(8)) for _ in range(count // 2))
    ascending(tips, "tips")
    owed = reader.varint() if count & 1 else 0
    if count & 1 and owed == 0:
        raise Refused("an owed count of 0 that is written out")
    return Item(log, tips, owed)


def scope_digest(digests):
    """Over the item digests of all logs in scope."""
    return H("unitsync scope 2", total(digests) + u64(len(digests)))


def fingerprint(salt, digests):
    return H("unitsync range 1", salt + total(digests) + u64(len(digests)))[:5]


def total(digests):
    return (sum(int.from_bytes(digest, "big") for digest in digests) % (1 << 256)).to_bytes(32, "big")
