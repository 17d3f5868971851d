#!/usr/bin/env python3
"""Loro: one document, one map keyed by register. Shows one side of a conflict, keeps the history."""
import os
import sys
from importlib.metadata import version

# This file's own name would be found first.
sys.path = [p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))]
from loro import CounterSpan, ExportMode, IdSpan, LoroDoc  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import main, pairs, register  # noqa: E402


class Loro:
    name, version, keeps_both = "loro", version("loro"), False

    def __init__(self):
        self.numbers = {}

    def peer(self, replica):
        return self.numbers.setdefault(replica, 1000 + len(self.numbers))

    def build(self, units):
        blobs = []
        for edits in units.values():
            blobs += self.build_unit(edits)
        return blobs

    def build_unit(self, edits):
        replicas = sorted({edit["replica"] for edit in edits})
        docs, maps, count, taken = {}, {}, {}, {}
        for r in replicas:
            docs[r] = LoroDoc()
            docs[r].peer_id = self.peer(r)
            maps[r], count[r], taken[r] = docs[r].get_map("r"), 0, {}

        def span(r, start):
            docs[r].commit()
            return docs[r].export(ExportMode.UpdatesInRange([IdSpan(self.peer(r), CounterSpan(start, count[r]))]))

        def catch_up(r):
            for other in replicas:
                if other != r and taken[r].get(other, 0) < count[other]:
                    docs[r].commit()
                    docs[r].import_(span(other, taken[r].get(other, 0)))
                    taken[r][other] = count[other]

        for edit, kind in zip(edits, pairs(edits)):
            r = edit["replica"]
            for reader in replicas if kind == 1 else [r] if kind == 0 else []:
                catch_up(reader)
            maps[r].insert(register(edit), edit["value"])
            docs[r].commit()
            count[r] += 1
        return [span(r, 0) for r in replicas if count[r]]

    def merge(self, blobs):
        doc = LoroDoc()
        doc.import_batch(blobs)
        return doc

    def read(self, doc):
        return {key: [value] for key, value in doc.get_deep_value()["r"].items()}


if __name__ == "__main__":
    main(Loro())
