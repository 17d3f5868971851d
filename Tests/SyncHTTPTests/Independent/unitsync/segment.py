"""§4 Segments: what is sent, and how it is checked before anything of it is used."""

from dataclasses import dataclass

from . import Refused, Unsupported, values
from .codec import Reader, ascending, blob, sha256, varint
from .feed import (
    ENTRY_BYTES,
    HEAD_BYTES,
    HEAD_ENTRIES,
    Genesis,
    Names,
    head_message,
    link,
    read_header,
    read_values,
    salt,
    values_digest,
    verify,
)
from .names import INTERNAL, Log


@dataclass
class Segment:
    log: Log
    replica: bytes
    start: int
    start_hash: bytes
    genesis: Genesis | None
    runs: list
    heads: list
    raw: bytes

    @staticmethod
    def of(data):
        reader = Reader(data)
        if reader.varint() != 1:
            raise Refused("a segment of a newer version")
        log, replica, start, start_hash = Log.of(reader.blob(1024)), reader.id(), reader.varint(0xFFFFFFFF), reader.hash()
        genesis = Genesis.of(reader.blob(2048)) if start == 0 else None
        runs = [read_run(reader, log) for _ in range(reader.count(3))]
        heads = [(reader.varint(0xFFFFFFFF), reader.raw(64)) for _ in range(reader.count(65))]
        reader.end()
        segment = Segment(log, replica, start, start_hash, genesis, runs, heads, bytes(data))
        segment.check_form()
        return segment

    @property
    def entries(self):
        return sum(len(entries) for _, _, entries in self.runs)

    @property
    def end(self):
        return self.start + self.entries

    def check_form(self):
        ascending([seq for seq, _ in self.heads], "heads")
        if not self.heads or self.heads[-1][0] != self.end or self.heads[0][0] <= self.start:
            raise Refused("a segment that does not end on a signed head")
        at = self.start
        for seq, _ in self.heads:
            if seq - at > HEAD_ENTRIES:
                raise Refused("too many entries between heads")
            at = seq
        if self.genesis and (self.genesis.replica != self.replica or self.genesis.log != self.log):
            raise Refused("record 0 of another feed")


def read_run(reader, log):
    kind = reader.varint()
    if (kind == 2) != (log.channel == INTERNAL) or kind > 2:
        raise Refused("a run that does not belong here")
    count = reader.varint(1 << 32)
    if count == 0:
        raise Refused("an empty run")
    secret = reader.id() if kind == 0 else None
    entries = []
    for _ in range(count):
        if kind == 2:
            entries.append((reader.varint(), reader.hash(), reader.hash(), reader.blob(ENTRY_BYTES + 4096)))
        else:
            entries.append((reader.blob(ENTRY_BYTES), reader.blob(2 * ENTRY_BYTES)))
    return kind, secret, entries


class Chain:
    """One feed as it is stored: entries, every chain hash, the heads that were signed."""

    def __init__(self, school, log, genesis):
        if genesis.school != school:
            raise Refused("a feed of another school")
        self.log, self.genesis = log, genesis
        self.replica = genesis.replica
        self.hashes = [genesis.h0]
        self.entries = []
        self.names = Names()
        self.raw = []  # ("plain", secret, header, values) as they go out again
        self.heads = {}

    @property
    def stored(self):
        return len(self.entries)

    def tag(self, seq):
        return self.hashes[seq][:8] if seq <= self.stored else None

    def extend(self, segment):
        """Takes in what of `segment` is new: all of it or nothing.

        :returns: how many entries were new, how many known; None where it begins after what is here.
        """
        if segment.start > self.stored:
            return None
        if self.hashes[segment.start] != segment.start_hash:
            raise Unsupported("a branch of a feed")
        names, seq, h = Names(self.names), segment.start, segment.start_hash
        signatures = dict(segment.heads)
        new, raw, hashes, size = [], [], [], 0
        for kind, secret, entries in segment.runs:
            for body in entries:
                seq += 1
                header_digest, digest, entry = self.read(kind, secret, body, seq, names)
                h = link(h, header_digest, digest)
                size += sum(map(len, body[-2:]))
                if size > HEAD_BYTES:
                    raise Refused("too many bytes between heads")
                if seq in signatures:
                    size = 0
                    message = head_message(self.genesis.school, self.log, self.replica, seq, h)
                    if not verify(self.genesis.key, signatures[seq], message):
                        raise Refused(f"{self.log} {self.replica.hex()} {seq}: the signature does not hold")
                if seq <= self.stored:
                    if self.hashes[seq] != h:
                        raise Unsupported("a branch of a feed")
                    continue
                if entry:
                    entry.h = h
                new.append(entry)
                raw.append((kind, secret, body))
                hashes.append(h)
        self.entries += new
        self.raw += raw
        self.hashes += hashes
        if new:
            self.names = names
        self.heads.update(signatures)
        return len(new), segment.entries - len(new)

    def read(self, kind, secret, body, seq, names):
        """Both digests of an entry and, where it can be read, the entry; what is known already is not read again."""
        if kind == 2:
            _, header_digest, digest, _ = body
            return header_digest, digest, None
        header, data = body
        # What is known has been introduced already: its names must not count twice.
        names = names if seq > self.stored else Names()
        if seq > self.stored:
            entry = read_header(header, seq, self.replica, names)
            count = len(entry.changes)
        else:
            entry, count = None, len(self.entries[seq - 1].changes)
        if kind == 0:
            if len(header) + len(data) > ENTRY_BYTES:
                raise Refused("an entry over its limit")
            found = read_values(data, count)
            slots = [sha256(salt(secret, seq, index) + raw) for index, (raw, _) in enumerate(found)]
        else:
            found, slots = read_explicit(data, count)
        if entry:
            entry.values = found
        return sha256(header), values_digest(slots), entry

    def segment(self, after):
        """All that follows `after`, up to the last signed head."""
        end = max(self.heads)
        out = varint(1) + blob(self.log.key) + self.replica + varint(after) + self.hashes[after]
        if after == 0:
            out += blob(self.genesis.bytes)
        runs = []
        for kind, secret, body in self.raw[after:end]:
            if not runs or runs[-1][:2] != (kind, secret):
                runs.append((kind, secret, []))
            runs[-1][2].append(body)
        out += varint(len(runs))
        for kind, secret, bodies in runs:
            out += varint(kind) + varint(len(bodies)) + (secret or b"")
            for body in bodies:
                out += b"".join(map(blob, body)) if kind < 2 else varint(body[0]) + body[1] + body[2] + blob(body[3])
        heads = [(seq, signature) for seq, signature in sorted(self.heads.items()) if after < seq <= end]
        out += varint(len(heads)) + b"".join(varint(seq) + signature for seq, signature in heads)
        return out


def read_explicit(data, count):
    reader, found, slots = Reader(data), [], []
    for _ in range(count):
        if reader.byte():
            single = reader.id()
            raw, meaning = values.read(reader)
            found.append((raw, meaning))
            slots.append(sha256(single + raw))
        else:
            found.append(None)
            slots.append(reader.hash())
    reader.end()
    return found, slots
