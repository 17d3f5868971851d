#!/usr/bin/env python3
"""Yjs (yrs, by pycrdt): one document, one map keyed by register. Keeps one side of a conflict."""
from importlib.metadata import version

from pycrdt import Doc, Map, merge_updates

from common import main, pairs, register


class Yjs:
    name, version, keeps_both = "yjs", version("pycrdt"), False

    def __init__(self):
        self.numbers = {}

    def client(self, replica):
        return self.numbers.setdefault(replica, 1000 + len(self.numbers))

    def build(self, units):
        blobs = []
        for edits in units.values():
            blobs += self.build_unit(edits)
        return blobs

    def build_unit(self, edits):
        replicas = sorted({edit["replica"] for edit in edits})
        docs = {r: Doc(client_id=self.client(r)) for r in replicas}
        maps = {r: docs[r].get("r", type=Map) for r in replicas}
        own, read, sent, made, writer = {r: [] for r in replicas}, dict.fromkeys(replicas, 0), [], [], [None]

        def note(event, r):
            if writer[0] == r:
                made.append(event.update)

        # Only as long as somebody holds on to them do documents tell of their changes.
        watching = [docs[r].observe(lambda event, r=r: note(event, r)) for r in replicas]

        def catch_up(r):
            news = [update for other, update in sent[read[r]:] if other != r]
            read[r] = len(sent)
            if news:
                writer[0] = None
                docs[r].apply_update(merge_updates(*news) if len(news) > 1 else news[0])

        for edit, kind in zip(edits, pairs(edits)):
            r = edit["replica"]
            for reader in replicas if kind == 1 else [r] if kind == 0 else []:
                catch_up(reader)
            made.clear()
            writer[0] = r
            maps[r][register(edit)] = edit["value"]
            for update in made:
                sent.append((r, update))
                own[r].append(update)
        del watching
        return [merge_updates(*own[r]) if len(own[r]) > 1 else own[r][0] for r in replicas if own[r]]

    def merge(self, blobs):
        doc = Doc()
        for blob in blobs:
            doc.apply_update(blob)
        return doc

    def read(self, doc):
        return {key: [value] for key, value in doc.get("r", type=Map).to_py().items()}


if __name__ == "__main__":
    main(Yjs())
