"""Pages of a feed by the place of their last row: as fast at the end of a long gallery as at its start.

A feed is ordered by (created_at, id), newest first. No COUNT, no OFFSET.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet

from .models import Output

SALT = "gallery.keyset"


class BadCursor(ValueError):
    """A cursor that this site did not write."""


@dataclass(frozen=True)
class Place:
    """Where a row stands in the feed."""

    created_at: datetime
    id: UUID

    @classmethod
    def of(cls, row: Output) -> "Place":
        return cls(row.created_at, row.pk)

    def to_cursor(self) -> str:
        """The place as text for a URL. Signed, so that whatever comes back is a place that the database can compare."""
        return signing.dumps([self.created_at.isoformat(), self.id.hex], salt=SALT)

    @classmethod
    def from_cursor(cls, cursor: str) -> "Place":
        """Raises BadCursor."""
        try:
            created_at, id_hex = signing.loads(cursor, salt=SALT)
        except signing.BadSignature as fault:
            raise BadCursor from fault
        return cls(datetime.fromisoformat(created_at), UUID(id_hex))


@dataclass(frozen=True)
class Page:
    """`older` is the cursor of the page after this one, or None at the end."""

    outputs: list[Output]
    older: str | None


def after(rows: QuerySet[Output], place: Place) -> QuerySet[Output]:
    """What is older than this place, newest first."""
    # The plain bound beside the OR is what lets the database start reading the index at the place.
    bounded = rows.filter(created_at__lte=place.created_at)
    return bounded.filter(Q(created_at__lt=place.created_at) | Q(id__lt=place.id)).order_by("-created_at", "-id")


def before(rows: QuerySet[Output], place: Place) -> QuerySet[Output]:
    """What is newer than this place, the nearest first."""
    bounded = rows.filter(created_at__gte=place.created_at)
    return bounded.filter(Q(created_at__gt=place.created_at) | Q(id__gt=place.id)).order_by("created_at", "id")


def page(rows: QuerySet[Output], size: int, cursor: str = "") -> Page:
    """The page at the cursor, or the first one. Raises BadCursor."""
    feed = after(rows, Place.from_cursor(cursor)) if cursor else rows.order_by("-created_at", "-id")
    found = list(feed[: size + 1])
    outputs = found[:size]
    return Page(outputs, Place.of(outputs[-1]).to_cursor() if len(found) > size else None)
