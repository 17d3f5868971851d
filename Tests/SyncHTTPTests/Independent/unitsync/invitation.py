"""§11 Invitation."""

import base64
from typing import NamedTuple

from . import Refused
from .codec import H, Reader
from .names import school_id

PREFIX = "unitsync://join/"


class Invitation(NamedTuple):
    id: bytes
    secret: bytes
    root_key: bytes
    rehearsal: int
    school_name: str
    root_unit: bytes
    unit: bytes
    unit_name: str
    roles: int
    expires: int
    hub: str
    hub_device: bytes
    pin: bytes

    @staticmethod
    def of(text):
        text = text.strip()
        if not text.startswith(PREFIX):
            raise Refused("no invitation")
        code = text[len(PREFIX) :]
        data = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        body, check = data[:-4], data[-4:]
        if H("unitsync invitation 1", body)[:4] != check:
            raise Refused("an invitation that was copied wrongly")
        reader = Reader(body)
        if reader.varint() != 2:
            raise Refused("an invitation of another version")
        invitation = Invitation(
            reader.id(), reader.id(), reader.hash(), reader.byte(), reader.text(), reader.blob(), reader.blob(),
            reader.text(), reader.varint(), reader.varint(), reader.text(), reader.blob(), reader.blob(),
        )
        reader.end()
        return invitation

    @property
    def school(self):
        return school_id(self.root_key, self.rehearsal)
