"""What a zip says of its files, as JSON. This site signs what it writes of a person's own, so that it knows it again.

A record without a good signature is only what somebody says: anybody can write one.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.crypto import constant_time_compare

from people.standing import Person

VERSION = 1
OWNER, SIGNATURE = "owner", "signature"
_SALT = "gallery.takeout"


class Kind(StrEnum):
    """What a record is about: none of them passes for another."""

    OUTPUT = "output"
    REFERENCE = "reference"
    COLLECTION = "collection"
    GRID = "grid"


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """As it is read back: times and ids are texts."""
    read: dict[str, Any] = json.loads(json.dumps(record, cls=_Exact))
    return read


def signed(kind: Kind, record: Mapping[str, Any], owner: Person) -> dict[str, Any]:
    """A record of what is this person's own."""
    said = plain({"kind": kind, "version": VERSION, **record, OWNER: owner.get_username()})
    return {**said, SIGNATURE: _signature(said)}


def is_of(kind: Kind, record: Any) -> bool:
    """Whether it says that it is a record of this kind, in this version."""
    return isinstance(record, dict) and record.get("kind") == kind and record.get("version") == VERSION


def has_signature(kind: Kind, record: Any) -> bool:
    """Whether it is a record that some site signed: which one, only that site can tell."""
    return is_of(kind, record) and isinstance(record.get(SIGNATURE), str)


def is_genuine(kind: Kind, record: Any, person: Person) -> bool:
    """Whether this site wrote the record, in this version, of what was this very person's."""
    if not has_signature(kind, record) or record.get(OWNER) != person.get_username():
        return False
    said = {name: value for name, value in record.items() if name != SIGNATURE}
    return constant_time_compare(_signature(said), record[SIGNATURE])


def _signature(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return signing.Signer(salt=_SALT).signature(text)


class _Exact(DjangoJSONEncoder):
    """With times to the microsecond, as databases have them."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)
