"""Ids that people send."""

from collections.abc import Iterable
from uuid import UUID

from django.http import Http404


def uuid(text: str) -> UUID:
    """404 where it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def uuids(texts: Iterable[str]) -> list[UUID]:
    """Each once, in their order, without what is none."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))
