"""What this client holds: chains, the order in which they came, and the folder they are kept in."""

import json
import os
import secrets
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import Refused, values
from .codec import H, blob, sha256, u64, varint
from .directory import Directory, is_shared
from .feed import (
    Change,
    Genesis,
    Names,
    head_message,
    link,
    salt,
    values_digest,
    write_header,
)
from .merge import PERSON, PERSON_NAME, LogView
from .names import Register, device_id, replica_id
from .segment import Chain, Segment


def digest_of_item(log, tips, owed):
    """§7: over the tips (replica, seq, h) and what is owed (replica, seq, change), both ascending."""
    return H(
        "unitsync item 1", blob(log.key), varint(len(tips)), *(r + u64(seq) + h for r, seq, h in tips),
        varint(len(owed)), *(r + u64(seq) + u64(change) for r, seq, change in owed),
    )


class Store:
    """Opened from its folder by taking every segment in again, so that nothing is believed that was not checked."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "identity.json")) as file:
            self.identity = json.load(file)
        self.school = bytes.fromhex(self.identity["school"])
        self.unit = bytes.fromhex(self.identity["unit"])
        self.root_key = bytes.fromhex(self.identity["rootKey"])
        self.root_unit = bytes.fromhex(self.identity["rootUnit"])
        self.id = bytes.fromhex(self.identity["store"])
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.identity["seed"]))
        self.public_key = self.key.public_key().public_bytes_raw()
        self.device = device_id(self.public_key)
        self.chains = {}
        self.marks = []
        # Of each arrival: where it came from (None: written here), its feed, first and last seq.
        self.arrivals = []
        self.peers = self.identity["peers"]
        self._views = None
        path = os.path.join(folder, "segments")
        if os.path.exists(path):
            with open(path, "rb") as file:
                data = file.read()
            at = 0
            while at < len(data):
                source, length = data[at : at + 16], int.from_bytes(data[at + 16 : at + 20], "big")
                segment = Segment.of(data[at + 20 : at + 20 + length])
                self._take(segment, None if source == bytes(16) else source)
                at += 20 + length

    @staticmethod
    def create(folder, **identity):
        os.makedirs(folder)
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        fresh = {name: secrets.token_hex(16) for name in ("store", "incarnation", "person")}
        identity = {**identity, **fresh, "seed": seed.hex(), "peers": {}}
        with open(os.path.join(folder, "identity.json"), "w") as file:
            json.dump(identity, file)
        return Store(folder)

    def save(self):
        path = os.path.join(self.folder, "identity.json")
        with open(path + ".new", "w") as file:
            json.dump(self.identity, file)
        os.replace(path + ".new", path)

    # Taking in

    def take(self, data, source):
        """A segment's bytes from a peer's store. :returns: entries that were new, and the place it wants first, if any."""
        segment = Segment.of(data)
        new, known, want = self._take(segment, source)
        if new:
            self._keep(segment.raw, source)
        return new, known, want

    def _take(self, segment, source):
        key = (segment.log, segment.replica)
        chain = self.chains.get(key)
        if chain is None:
            if segment.genesis is None:
                return 0, 0, (segment.log, segment.replica, segment.start, segment.start_hash[:8])
            chain = Chain(self.school, segment.log, segment.genesis)
        before = chain.stored
        counted = chain.extend(segment)
        if counted is None:
            return 0, 0, (segment.log, segment.replica, segment.start, segment.start_hash[:8])
        self.chains[key] = chain
        if counted[0]:
            self._arrived(chain, before + 1, source)
        return *counted, None

    def _arrived(self, chain, first, source):
        """§7 Marks: a hash chain over all that came, in the order in which it came."""
        before = self.marks[-1] if self.marks else b""
        last = chain.stored
        self.marks.append(
            H(
                "unitsync arrival 1", before, blob(chain.log.key), chain.replica, varint(first), varint(last),
                chain.hashes[last],
            )
        )
        self.arrivals.append((source, chain, first, last))
        self._views = None

    def _keep(self, raw, source):
        with open(os.path.join(self.folder, "segments"), "ab") as file:
            file.write((source or bytes(16)) + len(raw).to_bytes(4, "big") + raw)
            file.flush()
            os.fsync(file.fileno())

    # Looking

    @property
    def directory(self):
        return self._looked()[0]

    def view(self, log):
        return self._looked()[1].get(log)

    def _looked(self):
        if self._views is None:
            directory = Directory(self.school, self.root_key, self.root_unit, self.chains)
            views = dict(directory.views)
            for log in {log for log, _ in self.chains} - set(views):
                view = LogView({r: c for (l, r), c in self.chains.items() if l == log})
                view.run(directory.knows, lambda chain, log=log: directory.may_write(chain, log))
                views[log] = view
            self._views = directory, views
        return self._views

    def logs(self, peer_unit):
        """What both may hold and something is held of, in the order of sending."""
        return sorted(
            {log for log, _ in self.chains if is_shared(log, self.unit, peer_unit)}, key=lambda log: log.key
        )

    def tips(self, log):
        """(replica, seq, h), ascending."""
        return sorted((r, c.stored, c.hashes[-1]) for (l, r), c in self.chains.items() if l == log)

    def item_digest(self, log):
        tips = self.tips(log)
        owed = [
            (replica, entry.seq, index)
            for (l, replica), chain in sorted(self.chains.items())
            if l == log
            for entry in chain.entries
            if entry
            for index, value in enumerate(entry.values)
            if value is None
        ]
        return digest_of_item(log, tips, owed)

    # Writing

    def write(self, log, changes, at=None):
        """One entry in the own feed of `log`: {register: (value, keeps)}.

        `keeps`: siblings that its author had not been shown; they stand beside the new value.
        """
        incarnation = bytes.fromhex(self.identity["incarnation"])
        replica = replica_id(self.school, self.public_key, incarnation)
        chain = self.chains.get((log, replica))
        if chain is None:
            chain = Chain(self.school, log, Genesis(self.school, log, self.public_key, incarnation))
        view = self.view(log) or LogView({})
        person = bytes.fromhex(self.identity["person"])
        said = self._register_person(person)
        if not view.has_named(self.public_key, person):
            changes = {**changes, said: ((values.TEXT, self.identity["name"]), ())}

        claimed = at if at is not None else int(time.time() * 1000)
        seen = [c.entries[a - 1].time for r, c in view.chains.items() if (a := view.applied[r])]
        hlc = max([(claimed, 0)] + [(t[0], t[1] + 1) for t in seen + [chain.names.time]])
        had = self._context(chain)
        delta = [
            (r, a, view.chains[r].tag(a)) for r, a in view.applied.items() if r != replica and a > had.get(r, 0)
        ]
        names = Names(chain.names)
        header, ordered = write_header(
            names, hlc, claimed, delta, person,
            [
                Change(register, tuple((s.replica, s.seq, self.chains[(log, s.replica)].tag(s.seq)) for s in keeps))
                for register, (_, keeps) in changes.items()
            ],
            replica,
        )
        data = b"".join(values.write(changes[change.register][0]) for change in ordered)
        secret, seq = secrets.token_bytes(16), chain.stored + 1
        slots = [
            sha256(salt(secret, seq, index) + values.write(changes[change.register][0]))
            for index, change in enumerate(ordered)
        ]
        h = link(chain.hashes[-1], sha256(header), values_digest(slots))
        signature = self.key.sign(head_message(self.school, log, replica, seq, h))
        # Taken in like anybody's: what this client would refuse of others it does not write.
        one = varint(0) + varint(1) + secret + blob(header) + blob(data)
        raw = varint(1) + blob(log.key) + replica + varint(seq - 1) + chain.hashes[-1]
        raw += blob(chain.genesis.bytes) if seq == 1 else b""
        raw += varint(1) + one + varint(1) + varint(seq) + signature
        segment = Segment.of(raw)
        if self._take(segment, None)[0] != 1:
            raise Refused("the own entry does not hold")
        self._keep(raw, None)
        return replica, seq

    def _context(self, chain):
        """What the feed's contexts cover so far."""
        had = {}
        for entry in chain.entries:
            for replica, seq, _ in entry.delta:
                had[replica] = max(seq, had.get(replica, 0))
        return had

    def _register_person(self, person):
        return Register(PERSON, person, field=PERSON_NAME)
