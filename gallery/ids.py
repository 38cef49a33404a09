"""Ids that people send."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import BadRequest


def uuid(text: str) -> UUID:
    """400 where it is none: no page of ours sends that."""
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest from None


def uuids(texts: Iterable[str]) -> list[UUID]:
    """Each once, in their order, without what is none."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))
