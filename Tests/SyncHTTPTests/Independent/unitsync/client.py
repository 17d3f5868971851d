"""§7 and §11 from the calling side: what is sent next, and what an answer changes."""

import json
import secrets
import time
from dataclasses import dataclass, field

from . import Refused, Unsupported
from .codec import labelled, varint
from .exchange import (
    FINGERPRINT,
    FINGERPRINTS,
    FRAME,
    ITEMS,
    NOTHING,
    Exchange,
    Hello,
    Item,
    Range,
    Summary,
    Want,
    fingerprint,
    scope_digest,
)
from .hub import EXCHANGE, Hub
from .segment import Segment

ROUNDS = 64


@dataclass
class Next:
    """What the next message is to say."""

    # What arrived since both were in step; else ranges.
    arrivals: bool
    # (salt, low, ranges), or None: nothing of them, and the hub says its own where the cursor does not apply.
    ranges: tuple | None = None
    segments: list = field(default_factory=list)
    wants: list = field(default_factory=list)


class Client:
    def __init__(self, store, address, pin=b""):
        self.store = store
        self.peer = store.peers.setdefault(address, {"record": {}})
        self.hub = Hub(address, store.key, self.peer["record"], pin)
        self.told = {"sent": 0, "received": 0, "roundTrips": 0, "refused": [], "ranges": 0, "wants": 0}
        # Stored on either side in this session, and how much of it there was when the last comparison began.
        self.moved = 0
        self.began = None
        self.hub_entries = None

    # Joining

    def join(self, agreement):
        """Shows the invitation; the hub then states in its notices that this device belongs to the unit."""
        identity = self.store.identity
        body = {
            "invitation": identity["invitation"],
            "secret": identity["secret"],
            "deviceKey": self.store.public_key.hex(),
            "agreement": agreement.hex(),
            "deviceName": identity["name"],
        }
        self.hub.post("/v1/join", "application/json", json.dumps(body).encode())
        self.store.save()

    # Synchronising

    def sync(self):
        """:returns: what moved, and whether both ended with the same digest."""
        following, in_sync = Next(arrivals="store" in self.peer), None
        while in_sync is None:
            if self.told["roundTrips"] >= ROUNDS:
                raise Refused("no end of rounds")
            message = self.compose(following)
            if len(message.bytes) > FRAME:
                raise Unsupported("more than fits one frame")
            sending = len(self.store.arrivals)
            answer = Exchange.of(self.hub.post("/v1/exchange", EXCHANGE, message.bytes))
            self.told["roundTrips"] += 1
            following, in_sync = self.take(message, answer, sending)
            # Stored before the next is sent: it may stop here and go on another day.
            self.store.save()
        return self.told | {
            "inSync": in_sync, "bytesSent": self.hub.sent, "bytesReceived": self.hub.received,
            "digest": self.summary().digest.hex(),
        }

    @property
    def peer_store(self):
        return bytes.fromhex(self.peer["store"])

    def logs(self):
        """Of a hub never met it is taken to stand at or above the own unit: shared is what the root may read."""
        unit = bytes.fromhex(self.peer["unit"]) if "unit" in self.peer else self.store.root_unit
        return self.store.logs(unit)

    def summary(self):
        logs = self.logs()
        entries = sum(chain.stored for (log, _), chain in self.store.chains.items() if log in logs)
        digest = scope_digest([self.store.item_digest(log) for log in logs])
        return Summary(digest, len(logs), entries, len(self.store.arrivals))

    @property
    def grants(self):
        """What the directory here enrols the hub's device for; until it does, messages to it carry no segments."""
        return self.store.directory.grants.get(self.hub.device)

    def compose(self, following):
        store = self.store
        message = Exchange(Hello(store.school, store.id, store.unit, int(time.time() * 1000)), self.summary())
        self.add_marks(message)
        message.ranges = following.ranges
        message.segments = following.segments
        message.wants = list(dict.fromkeys(following.wants))
        if following.arrivals:
            message.cursor = self.peer_store, self.peer["received"]
            shared, begins = self.logs(), {}
            for source, chain, first, _ in store.arrivals[self.peer["sent"] :]:
                if source != self.peer_store and chain.log in shared:
                    begins.setdefault((chain.log, chain.replica), first)
            for key, first in begins.items():
                add(store.chains[key], first - 1, message.segments)
        if not self.grants:
            message.segments = []
        self.told["sent"] += sum(Segment.of(segment).entries for segment in message.segments)
        return message

    # Marks

    def add_marks(self, message):
        store, own, remembered = self.store, [], None
        if store.marks:
            own = [(len(store.marks), store.marks[-1])]
        if "mark" in self.peer:
            arrival, digest = self.peer["mark"]
            remembered = self.peer_store, (arrival, bytes.fromhex(digest))
        if own or remembered:
            message.history = own, remembered
        if own and own[0][0] != self.peer.get("vouched"):
            said = labelled("unitsync mark 1", store.school, store.id, varint(own[0][0]), own[0][1])
            message.vouchers = store.key.sign(said), None

    def check_past(self, message, answer):
        """Nothing is taken in of an answer that lacks the mark that this store showed before."""
        if message.history and message.history[1]:
            store, mark = message.history[1]
            if store == answer.hello.store and (not answer.history or mark not in answer.history[0]):
                raise Refused("the hub shows less than it did")
        if answer.history and answer.history[0]:
            arrival, digest = answer.history[0][-1]
            self.peer["mark"] = arrival, digest.hex()
        if message.vouchers:
            self.peer["vouched"] = message.history[0][0][0]

    # Answers

    def take(self, message, answer, sending):
        """:returns: what to say next and None, or None and whether both hold the same."""
        store, hello = self.store, answer.hello
        if hello.school != store.school:
            raise Refused("a hub of another school")
        self.check_past(message, answer)
        was_known = self.peer.get("store") == hello.store.hex()
        if not was_known:
            self.peer.update(store=hello.store.hex(), received=0, sent=0)
        self.peer["unit"] = hello.unit.hex()

        gaps = []
        for data in answer.segments:
            new, _, want = store.take(data, hello.store)
            self.told["received"] += new
            self.moved += new
            gaps += [Want(*want)] if want else []
        if self.hub_entries is not None:
            self.moved += answer.summary.entries - self.hub_entries
        self.hub_entries = answer.summary.entries
        self.told["refused"] += [(str(refusal.log), refusal.seq, refusal.reason) for refusal in answer.refusals]
        if self.grants is not None and hello.unit not in self.grants:
            raise Refused("a hub that speaks for another unit than the directory says")

        summary = self.summary()
        if summary.digest == answer.summary.digest:
            if not self.grants:
                raise Refused("a hub that the directory does not enrol")
            self.peer.update(received=answer.summary.arrival, sent=summary.arrival)
            return None, True
        asked = Next(arrivals=False, wants=gaps)
        self.answer(answer.wants, answer.probes, asked)
        if message.cursor and was_known:
            return self.go_on(answer, asked, sending), None
        return self.compare(answer, asked)

    def go_on(self, answer, asked, sending):
        """After what arrived: more of it, or ranges where both should be alike by now and are not."""
        if not answer.refusals and not asked.wants and not answer.wants:
            self.peer["sent"] = sending
        if answer.cursor and answer.cursor[0] == answer.hello.store:
            self.peer["received"] = answer.cursor[1]
        unsent = any(source != answer.hello.store for source, *_ in self.store.arrivals[self.peer["sent"] :])
        if answer.more or answer.wants or (unsent and not answer.refusals):
            asked.arrivals = True
        else:
            asked.ranges = self.whole()
        return asked

    def answer(self, wants, probes, asked):
        """What the hub asks for, as far as its place is one of ours."""
        self.told["wants"] += len(wants)
        for want in wants:
            chain = self.store.chains.get((want.log, want.replica))
            if chain is None:
                continue
            if want.seq and chain.tag(want.seq) != want.tag:
                raise Unsupported("probes")
            if want.seq < chain.stored:
                add(chain, want.seq, asked.segments)
        if probes:
            raise Unsupported("probes")

    # Ranges

    def whole(self):
        """The whole frontier of a small laptop: one open range of items."""
        self.began = self.moved
        return secrets.token_bytes(8), b"", [Range(None, ITEMS, self.items(b"", None))]

    def between(self, low, bound):
        return [log for log in self.logs() if low <= log.key and (bound is None or log.key < bound)]

    def items(self, low, bound):
        return tuple(
            Item(log, tuple((replica, seq, h[:8]) for replica, seq, h in self.store.tips(log)), 0)
            for log in self.between(low, bound)
        )

    def compare(self, answer, asked):
        """Says more of what differs; without any left both begin again, if something was stored meanwhile."""
        salt, low, ranges = answer.ranges or (b"", b"", [])
        self.told["ranges"] += len(ranges)
        reply, at = [], low
        for bound, mode, content in ranges:
            logs = self.between(at, bound)
            digests = [self.store.item_digest(log) for log in logs]
            differs = (mode == FINGERPRINT and fingerprint(salt, digests) != content) or (
                mode == FINGERPRINTS and tuple(fingerprint(salt, [digest]) for digest in digests) != content
            )
            if mode == ITEMS:
                self.answer_items(content, logs, asked)
            # More items than need be are always right.
            reply.append(Range(bound, ITEMS, self.items(at, bound)) if differs else Range(bound, NOTHING))
            at = bound
        if ranges and at is not None:
            # Not looked at for want of room: asked for again.
            reply.append(Range(None, ITEMS, self.items(at, None)))
        if any(said.mode != NOTHING for said in reply):
            asked.ranges = salt, low, reply
        elif not (asked.wants or asked.segments):
            if ranges and self.began == self.moved:
                return None, False
            asked.ranges = self.whole()
        return asked, None

    def answer_items(self, items, logs, asked):
        """Sends what these tips lack, and wants what cannot be placed."""
        theirs = {item.log: item.tips for item in items}
        for log in sorted(set(logs) | set(theirs), key=lambda log: log.key):
            tips = {replica: (seq, tag) for replica, seq, tag in theirs.get(log, ())}
            if len(tips) != len(theirs.get(log, ())):
                raise Unsupported("a branch of a feed")
            for replica, (seq, tag) in tips.items():
                chain = self.store.chains.get((log, replica))
                stored = chain.stored if chain else 0
                if stored < seq:
                    # Of a feed of which nothing is here: seq 0, and any tag.
                    asked.wants.append(Want(log, replica, stored, chain.tag(stored) if stored else bytes(8)))
                elif chain.tag(seq) != tag:
                    raise Unsupported("a branch of a feed")
                elif stored > seq:
                    add(chain, seq, asked.segments)
            for (other, replica), chain in self.store.chains.items():
                if other == log and replica not in tips:
                    add(chain, 0, asked.segments)


def add(chain, after, segments):
    """Everything of a chain after a place, once."""
    segment = chain.segment(after)
    if segment not in segments:
        segments.append(segment)
