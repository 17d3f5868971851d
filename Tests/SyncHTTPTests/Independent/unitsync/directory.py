"""§8 Directory, as far as schools go that stopped no device and moved no unit: enrolments from the root key down."""

from collections import Counter
from typing import NamedTuple

from . import Unsupported, values
from .codec import blob, labelled
from .feed import verify
from .merge import LogView
from .names import ANSWERS, INSPECTION, INTERNAL, NOTICES, device_id, is_within, path_key

UNIT, DEVICE = 2, 3
UNIT_MOVE, DEVICE_ENROLMENT, DEVICE_NAME, DEVICE_REVOCATION = 6, 1, 2, 3
REPORTER, SIGNER, REVIEWER, INSPECTOR, ADMIN = 1, 2, 4, 8, 16
STATEMENTS = ((UNIT, UNIT_MOVE), (DEVICE, DEVICE_ENROLMENT), (DEVICE, DEVICE_REVOCATION))
# Of one device about one subject, along its feed with what that continues.
STATEMENT_LIMIT = 64


def is_statement(register):
    """A register with an element or a part says nothing about who counts."""
    return (register.kind, register.field) in STATEMENTS and not any(register.element) and register.part == 0


class Enrolment(NamedTuple):
    device: bytes
    unit: bytes
    roles: int
    # Who states it, and in whose notices.
    author: bytes
    where: bytes


class Directory:
    """Built anew from all notices: authority follows from what is known, not from the order in which it came."""

    def __init__(self, school, root_key, root_unit, chains):
        self.school, self.root_key, self.root_unit = school, root_key, root_unit
        self.grants = {}
        self.keys = {device_id(root_key): root_key}
        self.views = {}
        logs = {log for log, _ in chains if log.channel == NOTICES}
        while True:
            # Authors become known by what others wrote: until nothing follows any more.
            self.views = {log: LogView({r: c for (l, r), c in chains.items() if l == log}) for log in logs}
            for log, view in self.views.items():
                view.run(self.knows, lambda chain, log=log: self.may_write(chain, log))
            grants, keys = self.read(chains)
            if (grants, keys) == (self.grants, self.keys):
                return
            self.grants, self.keys = grants, keys

    def knows(self, chain):
        return device_id(chain.genesis.key) in self.keys

    def read(self, chains):
        """Every statement that was ever applied, superseded or not; those count whose author is entitled and in reach."""
        statements = []
        for log, view in self.views.items():
            for replica, through in view.applied.items():
                chain = chains[(log, replica)]
                said = self.said_before(chain, log, chains)
                for entry in chain.entries[:through]:
                    for change, value in zip(entry.changes, entry.values):
                        register = change.register
                        if is_statement(register):
                            said[register.kind, register.subject] += 1
                            if said[register.kind, register.subject] > STATEMENT_LIMIT:
                                continue
                        if value is None:
                            raise Unsupported("a redacted notice")
                        if not is_statement(register) and (register.kind, register.field) in STATEMENTS:
                            continue
                        if (register.kind, register.field) in ((UNIT, UNIT_MOVE), (DEVICE, DEVICE_REVOCATION)):
                            raise Unsupported("a move or a revocation")
                        if (register.kind, register.field) == (DEVICE, DEVICE_ENROLMENT):
                            if found := self.enrolment(register, value[1], chain, log):
                                statements.append(found)
        grants, keys = {}, {device_id(self.root_key): self.root_key}
        moved = True
        while moved:
            moved = False
            for (device, key), unit, roles, author, where in statements:
                if not self.is_entitled(author, where, grants) or not is_within(unit, where):
                    continue
                if grants.setdefault(device, {}).get(unit, 0) | roles != grants[device].get(unit, None):
                    grants[device][unit] = grants[device].get(unit, 0) | roles
                    keys[device] = key
                    moved = True
        return grants, keys

    def said_before(self, chain, log, chains):
        """Statements by subject on the feeds that this one continues, as far as they are applied."""
        said = Counter()
        while chain.genesis.continues:
            replica, seq, h = chain.genesis.continues
            before = chains.get((log, replica))
            applied = self.views[log].applied.get(replica, 0)
            if before is None or before.genesis.key != chain.genesis.key or not 0 < seq <= applied:
                break
            if before.hashes[seq] != h:
                break
            for entry in before.entries[:seq]:
                for change in entry.changes:
                    register = change.register
                    if is_statement(register):
                        said[register.kind, register.subject] += 1
            chain = before
        return said

    def enrolment(self, register, value, chain, log):
        """None where its form or the device's own consent does not hold."""
        kind, parts = value
        shape = [values.BYTES, values.TEXT, values.INTEGER, values.BYTES]
        if kind != values.LIST or [part[0] for part in parts[:4]] != shape:
            return None
        key, unit, roles, consent = (part[1] for part in parts[:4])
        path = path_key(unit)
        message = labelled("unitsync agreement 1", self.school, blob(path), consent[:32])
        if device_id(key) != register.subject or not verify(key, consent[32:], message):
            return None
        return (register.subject, key), path, roles, device_id(chain.genesis.key), log.unit

    def is_entitled(self, author, where, grants):
        if author == device_id(self.root_key):
            return where == self.root_unit
        return any(roles & ADMIN and is_within(where, unit) for unit, roles in grants.get(author, {}).items())

    def roles(self, device, unit):
        return self.grants.get(device, {}).get(unit, 0)

    def above(self, device, unit, role):
        """Whether a device has `role` in a unit above."""
        return any(
            roles & role and other != unit and is_within(unit, other)
            for other, roles in self.grants.get(device, {}).items()
        )

    def may_write(self, chain, log):
        device = device_id(chain.genesis.key)
        if log.channel == NOTICES:
            is_root = device == device_id(self.root_key) and log.unit == self.root_unit
            return is_root or bool(self.roles(device, log.unit) & ADMIN) or self.above(device, log.unit, ADMIN)
        if log.channel == ANSWERS:
            return self.roles(device, log.unit) != 0 or self.above(device, log.unit, REVIEWER)
        if log.channel == INSPECTION:
            return self.above(device, log.unit, INSPECTOR)
        return self.roles(device, log.unit) != 0


def may_read(unit, log):
    if log.channel == NOTICES:
        return is_within(unit, log.unit) or is_within(log.unit, unit)
    if log.channel == ANSWERS:
        return is_within(log.unit, unit)
    if log.channel == INSPECTION:
        return is_within(log.unit, unit) and log.unit != unit
    return log.unit == unit


def is_shared(log, unit, other):
    """What both may read, and `internal` of a unit at or below both."""
    if log.channel == INTERNAL:
        return is_within(log.unit, unit) and is_within(log.unit, other)
    return may_read(unit, log) and may_read(other, log)
