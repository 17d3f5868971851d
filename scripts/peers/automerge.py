#!/usr/bin/env python3
"""Automerge: one document, registers as keys of its root map, a change for every edit. Keeps both sides of a conflict.

The binding has no call that applies changes; a sync message made by hand carries them instead, which ends in the same code.
"""
import os
import sys
from importlib.metadata import version

sys.path = [p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))]
from automerge.core import ROOT, Document, Message, ScalarType, SyncState  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import main, pairs, register  # noqa: E402


def leb128(number):
    out = bytearray()
    while True:
        low, number = number & 127, number >> 7
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


class Automerge:
    # What its interface shows is one side; get_all, which shows both, is not in the binding's reading by key.
    name, version, keeps_both = "automerge", version("automerge"), False

    def __init__(self):
        self.numbers = {}

    def actor(self, replica):
        return self.numbers.setdefault(replica, (1000 + len(self.numbers)).to_bytes(4, "big"))

    def build(self, units):
        blobs = []
        for edits in units.values():
            blobs += self.build_unit(edits)
        return blobs

    def build_unit(self, edits):
        replicas = sorted({edit["replica"] for edit in edits})
        docs = {r: Document(self.actor(r)) for r in replicas}
        news = {r: set() for r in replicas}

        def catch_up(r):
            for other in news[r]:
                docs[r].merge(docs[other])
            news[r].clear()

        for edit, kind in zip(edits, pairs(edits)):
            r = edit["replica"]
            for reader in replicas if kind == 1 else [r] if kind == 0 else []:
                catch_up(reader)
            value = edit["value"]
            with docs[r].transaction() as transaction:
                transaction.put(
                    ROOT, register(edit), ScalarType.Str if isinstance(value, str) else ScalarType.Int, value)
            for other in replicas:
                if other != r:
                    news[other].add(r)
        whole = docs[replicas[0]]
        for r in replicas[1:]:
            whole.merge(docs[r])
        changes = {}
        for change in whole.get_changes([]):
            raw = change.raw_bytes
            changes.setdefault(change.actor_id, []).append(leb128(len(raw)) + raw)
        return [len(found).to_bytes(4, "big") + b"".join(found) for found in changes.values()]

    def merge(self, blobs):
        count = sum(int.from_bytes(blob[:4], "big") for blob in blobs)
        message = b"\x42" + leb128(0) + b"\0\0" + leb128(count) + b"".join(blob[4:] for blob in blobs)
        document = Document(b"\0hub")
        document.receive_sync_message(SyncState(), Message.decode(message))
        return document

    def read(self, document):
        return {key: [document.get(ROOT, key)[0][1]] for key in document.keys(ROOT)}


if __name__ == "__main__":
    main(Automerge())
