"""§9 Checklists: what people fill in, as registers."""

from typing import NamedTuple

from . import Refused, values
from .codec import Reader, sha256
from .names import ANSWERS, NOTICES, Log, Register

DOCUMENT, CAMPAIGN, ANSWER = 6, 7, 8
CHUNK, MANIFEST = 1, 2
FIELDS = {"status": 1, "selfScore": 2, "remark": 3, "completion": 4}
STATES = {1: "done", 2: "ongoing", 3: "notDone", 4: "notApplicable"}


class Leaf(NamedTuple):
    """One item that is answered; its ordinal stands in registers."""

    ordinal: int
    text: str


def value_of(view, register):
    """What is shown first, or None."""
    shown = view.shown(register) if view else []
    return shown[0][0].meaning[1] if shown and shown[0][0].meaning else None


def campaigns(store):
    """By name: (log, id)."""
    found = {}
    for log in {log for log, _ in store.chains if log.channel == NOTICES}:
        view = store.view(log)
        for register in view.registers:
            if (register.kind, register.field) == (CAMPAIGN, 1):
                found[value_of(view, register)] = (log, register.subject)
    return found


def template(store, log, campaign, slot):
    """The items that are answered, in the order of the document."""
    view = store.view(log)
    reference = value_of(view, Register(CAMPAIGN, campaign, part=slot, field=2))
    if reference is None:
        return None
    digest, document = reference[0][1], reference[1][1]
    for where in {log for log, _ in store.chains if log.channel == NOTICES}:
        view = store.view(where)
        manifest = value_of(view, Register(DOCUMENT, document, field=MANIFEST))
        if manifest:
            count = manifest[3][1]
            chunks = [value_of(view, Register(DOCUMENT, document, part=n + 1, field=CHUNK)) for n in range(count)]
            data = b"".join(chunks)
            if sha256(data) != digest or len(data) != manifest[2][1]:
                raise Refused("a template whose chunks do not verify")
            return items(data)
    raise Refused("a template that has not come")


def items(data):
    reader = Reader(data)
    if reader.varint() != 2:
        raise Refused("a template of a newer version")
    reader.byte()
    reader.text(), reader.text()
    for _ in range(reader.varint()):
        reader.text()
    for _ in range(reader.varint()):
        read_column(reader)
    reader.text()
    reader.byte()
    leaves = []
    read_nodes(reader, 0, leaves)
    reader.end()
    return leaves


def read_column(reader):
    reader.text(), reader.varint(), reader.varint(), reader.byte(), reader.byte()
    for _ in range(reader.varint()):
        reader.text()


def read_requirement(reader):
    reader.byte(), reader.text()
    if reader.byte():
        reader.varint()
    reader.text(), reader.byte(), reader.byte(), reader.text(), reader.text()


def read_nodes(reader, before, leaves):
    """Ordinals count all nodes in the order of the document, parents before children. :returns: how many there are so far."""
    for _ in range(reader.varint()):
        reader.text()
        text = reader.text()
        if reader.byte():
            reader.zigzag()
        for _ in range(reader.varint()):
            reader.text()
        for _ in range(reader.varint()):
            reader.text(), reader.varint()
        for _ in range(reader.varint()):
            read_requirement(reader)
        before += 1
        place, mine = len(leaves), before
        before = read_nodes(reader, before, leaves)
        if before == mine:
            leaves.insert(place, Leaf(mine, text))
    return before


def register(campaign, slot, ordinal, field):
    return Register(ANSWER, campaign, part=slot << 32 | ordinal, field=FIELDS[field])


def plain(value, field):
    """As `unitcli show --json` writes it."""
    kind, meaning = value
    if kind == values.NOTHING:
        return None
    if kind == values.CHOICE and field == "status":
        return STATES.get(meaning, meaning)
    if kind == values.DECIMAL:
        mantissa, scale = meaning
        return mantissa / 10**scale
    return meaning


def sheet(store, log, campaign, unit):
    """{ordinal: {field: [[value, [[replica, author], …]], …]}} of the campaign's first checklist, in the order of showing."""
    view = store.view(Log(unit, ANSWERS))
    fields = {number: name for name, number in FIELDS.items()}
    found = {}
    for name in view.registers if view else ():
        if name.kind != ANSWER or name.subject != campaign or name.part >> 32 != 1 or name.field not in fields:
            continue
        field = fields[name.field]
        found.setdefault(name.part & 0xFFFFFFFF, {})[field] = [
            [plain(group[0].meaning, field), [[s.replica.hex(), view.author(s.replica, s.seq)] for s in group]]
            for group in view.shown(name)
        ]
    return found


def settled(store, log, campaign, unit):
    """{(ordinal, field): "settled" or "changed"} of what somebody settled in the campaign's first checklist."""
    view = store.view(Log(unit, ANSWERS))
    fields = {number: name for name, number in FIELDS.items()}
    return {
        (name.part & 0xFFFFFFFF, fields[name.field]): state
        for name in list(view.registers if view else ())
        if name.kind == ANSWER and name.subject == campaign and name.part >> 32 == 1 and name.field in fields
        if (state := view.settlement(name))
    }
