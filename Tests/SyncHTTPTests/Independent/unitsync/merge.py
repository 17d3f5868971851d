"""§6 Merge: which entries count, and the siblings of every register."""

from typing import NamedTuple

from .names import Register

PERSON, PERSON_NAME = 4, 1
SETTLEMENT = 15


class Sibling(NamedTuple):
    """One value that no applied write supersedes."""

    replica: bytes
    seq: int
    change: int
    time: tuple
    h: bytes
    # The value's own bytes; None where only its digest is here.
    raw: bytes | None
    meaning: tuple | None


def in_order(siblings):
    """The order of showing: greatest HLC first, then replica, seq, chain hash."""
    siblings = sorted(siblings, key=lambda s: (s.replica, s.seq, s.h))
    siblings.sort(key=lambda s: s.time, reverse=True)
    return siblings


class LogView:
    """One log as far as it is applied: causally, and from authors that are known."""

    def __init__(self, chains):
        self.chains = chains
        self.applied = {replica: 0 for replica in chains}
        # Everything that some entry's context covers, by feed and seq.
        self.contexts = {}
        self.registers: dict[Register, list[Sibling]] = {}
        # §3: every name that counts, by (device key, person), whatever superseded it; and who wrote which entry.
        self.namings: dict[tuple, list[Sibling]] = {}
        # §9: every write that counts, whatever superseded it.
        self.writes: dict[Register, list[Sibling]] = {}

    def ready(self, replica, is_known):
        """The feed's next entry, where all that it had seen is applied; None else."""
        chain = self.chains[replica]
        seq = self.applied[replica] + 1
        if seq > chain.stored or not is_known(chain):
            return None
        entry = chain.entries[seq - 1]
        if entry is None:
            return None
        for tip, at, tag in entry.delta:
            other = self.chains.get(tip)
            if other is None or self.applied[tip] < at or other.tag(at) != tag:
                return None
        return entry

    def apply(self, replica, entry, counts):
        """`counts`: whether its author may write here; what may not never joins and supersedes nothing."""
        context = dict(self.contexts.get((replica, entry.seq - 1), {}))
        if entry.seq > 1:
            context[replica] = entry.seq - 1
        for tip, at, _ in entry.delta:
            context[tip] = max(at, context.get(tip, 0))
        self.contexts[(replica, entry.seq)] = context
        self.applied[replica] = entry.seq
        if not counts:
            return
        for index, change in enumerate(entry.changes):
            kept = {(other, seq) for other, seq, _ in change.kept}
            standing = [
                sibling
                for sibling in self.registers.get(change.register, [])
                if sibling.seq > context.get(sibling.replica, 0) or (sibling.replica, sibling.seq) in kept
            ]
            raw, meaning = entry.values[index] or (None, None)
            sibling = Sibling(replica, entry.seq, index, entry.time, entry.h, raw, meaning)
            standing.append(sibling)
            self.registers[change.register] = standing
            self.writes.setdefault(change.register, []).append(sibling)
            if (change.register.kind, change.register.field) == (PERSON, PERSON_NAME):
                author = (self.chains[replica].genesis.key, change.register.subject)
                self.namings.setdefault(author, []).append(sibling)

    def run(self, is_known, counts):
        """Applies whatever is ready until nothing is. :returns: whether anything was."""
        moved = False
        progress = True
        while progress:
            progress = False
            for replica in sorted(self.chains):
                while entry := self.ready(replica, is_known):
                    self.apply(replica, entry, counts(self.chains[replica]))
                    progress = moved = True
        return moved

    def author(self, replica, seq):
        """§3: what the entry's own device calls its author, the last of its words; None where it is not here or redacted."""
        person = self.chains[replica].entries[seq - 1].person
        words = in_order(self.namings.get((self.chains[replica].genesis.key, person), []))
        return words[0].meaning[1] if words and words[0].meaning else None

    def settlement(self, register):
        """§9 Settling: None, "settled" or "changed"; where several values stand, None. Redacted values are not looked at."""
        shown = self.shown(register)
        if len(shown) != 1:
            return None
        notes = self.writes.get(register._replace(kind=SETTLEMENT), [])
        settling = {(note.replica, note.seq) for note in notes}
        decided = [write for write in self.writes[register] if (write.replica, write.seq) in settling]
        if any((sibling.replica, sibling.seq) in settling for sibling in shown[0]):
            return "settled"
        seen = [write for write in decided if any(self.has_seen(sibling, write) for sibling in shown[0])]
        last = [write for write in seen if not any(self.has_seen(other, write) for other in seen)]
        if not last:
            return None
        return "settled" if all(write.raw == shown[0][0].raw for write in last) else "changed"

    def has_seen(self, one, other):
        """Whether one write's author had the other in context."""
        return other.seq <= self.contexts[(one.replica, one.seq)].get(other.replica, 0)

    def has_named(self, key, person):
        return (key, person) in self.namings

    def shown(self, register):
        """In the order of showing; equal bytes are one, its first author first."""
        shown = {}
        for sibling in in_order(self.registers.get(register, [])):
            shown.setdefault(sibling.raw, []).append(sibling)
        return list(shown.values())
