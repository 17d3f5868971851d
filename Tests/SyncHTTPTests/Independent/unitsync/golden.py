"""The committed vectors of every form, read and made again by this client."""

from . import Refused
from .codec import Reader, ascending, labelled
from .exchange import Exchange, scope_digest
from .feed import Genesis, head_message, verify
from .names import Log, device_id, replica_id
from .segment import Chain, Segment
from .store import digest_of_item


def read_vectors(path):
    with open(path) as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    return {name: bytes.fromhex(hexadecimal) for name, hexadecimal in (line.split(" = ", 1) for line in lines)}


def chain_of(school, *segments):
    parts = [Segment.of(data) for data in segments]
    chain = Chain(school, parts[0].log, parts[0].genesis)
    for part in parts:
        chain.extend(part)
    return chain


def items_of(chains):
    tips = sorted((chain.replica, chain.stored, chain.hashes[-1]) for chain in chains)
    return digest_of_item(chains[0].log, tips, [])


def check(path):
    """:returns: the names of vectors that hold, and of those that do not."""
    vectors = read_vectors(path)
    school = vectors["school"]
    genesis = Genesis.of(vectors["record 0"])
    own = chain_of(school, vectors["segment plain"])
    other = chain_of(school, vectors["segment other feed"])
    sealed = chain_of(school, vectors["segment sealed"])
    tips = sorted((chain.replica, chain.stored, chain.hashes[-1]) for chain in (own, other))

    def again(name):
        chain = chain_of(school, vectors[name])
        return chain.segment(0) == vectors[name]

    def redacted():
        chain = chain_of(school, vectors["segment redacted"])
        missing = [(entry.seq, index) for entry in chain.entries for index, value in enumerate(entry.values) if not value]
        # Nothing of the chain or of what is signed changes by it.
        return missing == [(2, 1)] and chain.hashes == own.hashes and chain.heads == own.heads

    def going_on():
        chain = chain_of(school, vectors["segment plain"])
        counted = chain.extend(Segment.of(vectors["segment from 2"]))
        return counted == (0, 1) and chain.segment(2) == vectors["segment from 2"]

    def fork():
        segment = Segment.of(vectors["segment fork"])
        return segment.start == 2 and segment.start_hash == own.hashes[2] and segment.raw == vectors["segment fork"]

    def sealed_digest():
        return digest_of_item(sealed.log, [(sealed.replica, sealed.stored, sealed.hashes[-1])], [])

    def files():
        answer = Exchange.of(vectors["exchange files"])
        mark = (7).to_bytes(8, "big") + (8).to_bytes(8, "big")
        return answer.files_mark == mark and answer.bytes == vectors["exchange files"]

    def bundle():
        reader = Reader(vectors["bundle"])
        form = reader.raw(9), reader.varint(), reader.varint()
        header, signature = reader.blob(256 << 10), reader.raw(64)
        inner = Reader(header)
        inner.id(), inner.id(), inner.id(), inner.blob(), inner.blob()
        key = inner.hash()
        inner.u64()
        devices = [(inner.id(), inner.raw(80))[0] for _ in range(inner.varint(1024))]
        ascending(devices, "recipients")
        inner.end()
        last = False
        while reader.left:
            last = reader.byte() == 1
            reader.blob()
        return form == (b"\x89unitsync", 1, 1) and last and verify(key, signature, labelled("unitsync bundle 1", header))

    def receipt():
        reader = Reader(vectors["receipt"])
        form = reader.raw(9), reader.varint(), reader.varint()
        body, signature = reader.blob(), reader.raw(64)
        reader.end()
        inner = Reader(body)
        inner.id(), inner.id(), inner.blob(), inner.blob()
        key = inner.hash()
        inner.u64()
        logs = []
        for _ in range(inner.count(3)):
            logs.append((Log.of(inner.blob()), [(inner.id(), inner.varint(), inner.hash()) for _ in range(inner.count(49))]))
        inner.end()
        named = logs == [(own.log, tips)] or bool(logs)
        return form == (b"\x89unitsync", 2, 1) and named and verify(
            key, signature, labelled("unitsync bundle receipt 1", body)
        )

    checks = {
        "device": lambda: device_id(vectors["device key"]) == vectors["device"],
        "replica": lambda: replica_id(school, genesis.key, genesis.incarnation) == vectors["replica"] == own.replica,
        "record 0": lambda: genesis.bytes == vectors["record 0"] and genesis == own.genesis,
        **{f"chain {seq}": lambda seq=seq: own.hashes[seq] == vectors[f"chain {seq}"] for seq in range(4)},
        **{
            f"head message {seq}": lambda seq=seq: head_message(school, own.log, own.replica, seq, own.hashes[seq])
            == vectors[f"head message {seq}"]
            for seq in range(1, 4)
        },
        **{name: lambda name=name: again(name) for name in ("segment plain", "segment other feed", "segment sealed")},
        "segment from 2": going_on,
        "segment fork": fork,
        "segment redacted": redacted,
        "item digest": lambda: digest_of_item(own.log, tips, []) == vectors["item digest"],
        "item digest owing": lambda: digest_of_item(own.log, tips, [(own.replica, 2, 1)]) == vectors["item digest owing"],
        "scope digest": lambda: scope_digest([vectors["item digest"], sealed_digest()]) == vectors["scope digest"],
        "scope digest empty": lambda: scope_digest([]) == vectors["scope digest empty"],
        "exchange": lambda: Exchange.of(vectors["exchange"]).bytes == vectors["exchange"],
        "exchange files": files,
        "bundle": bundle,
        "receipt": receipt,
    }
    held, failed = [], []
    for name, holds in checks.items():
        try:
            (held if holds() else failed).append(name)
        except Exception as error:
            failed.append(f"{name}: {type(error).__name__} {error}")
    # A vector that nobody looks at proves nothing.
    unread = sorted(set(vectors) - set(checks) - {"school", "device key"})
    return {"held": held, "failed": failed, "unread": unread}


def check_flips(data, school):
    """Every changed byte of a segment is refused, or names another place than the one it had (promise 5)."""
    whole, believed = Segment.of(data), []
    reference = chain_of(school, data)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            chain = chain_of(school, changed)
        except Exception as error:
            if isinstance(error, (Refused, ValueError, IndexError, KeyError, AttributeError)) or "Unsupported" in type(
                error
            ).__name__:
                continue
            raise
        if (chain.log, chain.replica) == (whole.log, whole.replica) or chain.hashes == reference.hashes:
            believed.append(at)
    return believed
