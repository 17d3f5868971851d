"""A small laptop on the command line: what it says on standard output is JSON.

    python -m unitsync --state FOLDER join INVITATION --name NAME
    python -m unitsync --state FOLDER sync
    python -m unitsync --state FOLDER set CAMPAIGN NUMBER FIELD=VALUE [--unseen]
    python -m unitsync --state FOLDER rename NAME
    python -m unitsync --state FOLDER show CAMPAIGN
    python -m unitsync --state FOLDER compare CAMPAIGN FILE
    python -m unitsync --state FOLDER registers
    python -m unitsync --state FOLDER flips | forget
    python -m unitsync golden FILE

NUMBER counts the items that are answered, in the order of the checklist. FILE holds what `unitcli show --json` said of the
same unit on another computer.
"""

import argparse
import decimal
import json
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from . import Refused, Unsupported, checklist, golden, values
from .client import Client
from .codec import blob, labelled
from .hub import Problem
from .invitation import Invitation
from .merge import PERSON, PERSON_NAME
from .names import ANSWERS, Log, Register
from .store import Store


def join(options):
    invitation = Invitation.of(options.invitation)
    store = Store.create(
        options.state,
        name=options.name,
        school=invitation.school.hex(),
        rootKey=invitation.root_key.hex(),
        rootUnit=invitation.root_unit.hex(),
        unit=invitation.unit.hex(),
        hub=invitation.hub,
        pin=invitation.pin.hex(),
        hubDevice=invitation.hub_device.hex(),
        invitation=invitation.id.hex(),
        secret=invitation.secret.hex(),
        agreement=X25519PrivateKey.generate().private_bytes_raw().hex(),
    )
    client = connect(store)
    public = X25519PrivateKey.from_private_bytes(bytes.fromhex(store.identity["agreement"])).public_key()
    public = public.public_bytes_raw()
    consent = labelled("unitsync agreement 1", store.school, blob(store.unit), public)
    client.join(public + store.key.sign(consent))
    return {"device": store.device.hex(), "unit": invitation.unit.hex()}


def connect(store):
    client = Client(store, store.identity["hub"], bytes.fromhex(store.identity["pin"]))
    expected = store.identity["hubDevice"]
    client.hub.meet(store.school)
    if expected and client.hub.device.hex() != expected:
        raise Refused("another hub than the one invited to")
    return client


def sync(options):
    store = Store(options.state)
    told = connect(store).sync()
    told["entries"] = sum(chain.stored for chain in store.chains.values())
    told["feeds"] = len(store.chains)
    told["heads"] = sum(len(chain.heads) for chain in store.chains.values())
    told["waiting"] = sum(
        chain.stored - (store.view(log).applied[replica] if log.channel != 3 else chain.stored)
        for (log, replica), chain in store.chains.items()
    )
    return told


def campaign(store, name):
    found = checklist.campaigns(store)
    if name not in found:
        raise Refused(f"no campaign {name}")
    return found[name]


def set_value(options):
    store = Store(options.state)
    where, subject = campaign(store, options.campaign)
    leaves = checklist.template(store, where, subject, 1)
    ordinal = leaves[options.number - 1].ordinal
    field, text = options.assignment.split("=", 1)
    log = Log(store.unit, ANSWERS)
    register = checklist.register(subject, 1, ordinal, field)
    if field == "selfScore":
        number = decimal.Decimal(text)
        scale = max(0, -number.as_tuple().exponent)
        value = values.DECIMAL, (int(number.scaleb(scale)), scale)
    elif field == "status":
        value = values.CHOICE, next(code for code, name in checklist.STATES.items() if name == text)
    else:
        value = values.TEXT, text
    view = store.view(log)
    # What was not shown stands beside the new value.
    standing = view.registers.get(register, []) if view and options.unseen else []
    replica, seq = store.write(log, {register: (value, standing)})
    return {"entry": f"{replica.hex()}:{seq}"}


def rename(options):
    """What no honest program does: other names for the ids of other devices' people. Nobody is called so for it."""
    store = Store(options.state)
    log = Log(store.unit, ANSWERS)
    view = store.view(log)
    others = {
        entry.person
        for replica, chain in view.chains.items()
        if chain.genesis.key != store.public_key
        for entry in chain.entries[: view.applied[replica]]
    }
    name = values.TEXT, options.name
    replica, seq = store.write(log, {Register(PERSON, person, field=PERSON_NAME): (name, ()) for person in others})
    return {"entry": f"{replica.hex()}:{seq}", "renamed": len(others)}


def show(options):
    store = Store(options.state)
    where, subject = campaign(store, options.campaign)
    return checklist.sheet(store, where, subject, store.unit)


def compare(options):
    """Every field of every item, value by value and author by author, against what the other computer shows."""
    store = Store(options.state)
    where, subject = campaign(store, options.campaign)
    own = checklist.sheet(store, where, subject, store.unit)
    settled = checklist.settled(store, where, subject, store.unit)
    with open(options.file) as file:
        other = json.load(file)
    leaves = checklist.template(store, where, subject, 1)
    if [item["text"] for item in other["items"]] != [leaf.text for leaf in leaves]:
        raise Refused("another checklist")
    compared, different = 0, []
    for leaf, item in zip(leaves, other["items"]):
        theirs = {
            field: [
                [sibling["value"], [[one["replica"], one["author"]] for one in [sibling] + sibling.get("others", [])]]
                for sibling in found["siblings"]
            ]
            for field, found in item["fields"].items()
        }
        ours = {field: [list(group) for group in groups] for field, groups in own.get(leaf.ordinal, {}).items()}
        for field in sorted(set(theirs) | set(ours)):
            compared += 1
            if canonical(ours.get(field)) != canonical(theirs.get(field)):
                different.append([item["id"], field, ours.get(field), theirs.get(field)])
            state = ((item["fields"].get(field) or {}).get("settlement") or {}).get("state")
            if state != settled.get((leaf.ordinal, field)):
                different.append([item["id"], field, settled.get((leaf.ordinal, field)), state])
    return {"compared": compared, "different": different}


def canonical(groups):
    """The value shown first stays first; who wrote the same value has no order worth comparing."""
    return groups and [[value, sorted(authors, key=str)] for value, authors in groups]


def forget(options):
    """What is known of hubs but their keys: the next synchronisation compares everything."""
    store = Store(options.state)
    for peer in store.peers.values():
        for known in set(peer) - {"record"}:
            del peer[known]
    store.save()
    return {}


def registers(options):
    store = Store(options.state)
    return {
        str(log): {
            str(register): [
                [sibling.replica.hex(), sibling.seq, sibling.raw.hex() if sibling.raw else None]
                for group in view.shown(register)
                for sibling in group
            ]
            for register in sorted(view.registers)
        }
        for log in sorted({log for log, _ in store.chains}, key=lambda log: log.key)
        if (view := store.view(log)) and log.channel != 3
    }


def flips(options):
    """Every byte of what is stored here changed, one at a time: what is still believed."""
    store = Store(options.state)
    segments = [chain.segment(0) for _, chain in sorted(store.chains.items()) if chain.stored < 20]
    small = [segment for segment in segments if len(segment) < 2000]
    return {
        "bytes": sum(map(len, small)),
        "believed": [at for segment in small for at in golden.check_flips(segment, store.school)],
    }


ACTIONS = {
    "flips": flips, "forget": forget, "golden": lambda options: golden.check(options.file),
    "join": join, "sync": sync, "set": set_value, "rename": rename, "show": show, "compare": compare, "registers": registers,
}


def main():
    parser = argparse.ArgumentParser(prog="unitsync", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--state")
    commands = parser.add_subparsers(dest="command", required=True)
    joining = commands.add_parser("join")
    joining.add_argument("invitation")
    joining.add_argument("--name", default="independent")
    commands.add_parser("sync")
    setting = commands.add_parser("set")
    setting.add_argument("campaign")
    setting.add_argument("number", type=int)
    setting.add_argument("assignment")
    setting.add_argument("--unseen", action="store_true", help="as if nothing of it had been on a screen")
    commands.add_parser("rename").add_argument("name")
    for name in ("show", "compare"):
        command = commands.add_parser(name)
        command.add_argument("campaign")
        if name == "compare":
            command.add_argument("file")
    commands.add_parser("registers")
    for name in ("flips", "forget"):
        commands.add_parser(name)
    commands.add_parser("golden").add_argument("file")
    options = parser.parse_args()
    try:
        json.dump(ACTIONS[options.command](options), sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
    except (Refused, Unsupported, Problem) as error:
        sys.exit(f"{type(error).__name__}: {error}")


main()
