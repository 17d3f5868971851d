"""The exchange of docs/protocol.md, written from that page alone: nothing here shares code with the programs it talks to.

Holds what it knows in memory and a folder of segments, as a small laptop would. What it leaves out, and says so where it
meets it: branches of one feed, sealed logs, redaction, revocations and moves of units.
"""


class Unsupported(Exception):
    """The page describes it, this client does not do it."""


class Refused(Exception):
    """What came does not hold; nothing of it was taken in."""
