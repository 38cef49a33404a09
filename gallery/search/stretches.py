"""Pages of what a search finds, without looking at all of it.

SQLite finds the words of a search in the order in which outputs were made, and stops as soon as it has enough: so the
next few hundred are taken on both sides of the place where somebody reads, and the page is made of these. Only where a
page does not come out of them, as other terms leave out too much, it is made of more, and at last of all.
PostgreSQL weighs by what it knows of the words whether to look them up or to read on in the feed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from .. import keyset
from ..keyset import Page
from ..models import Output
from ..models.words import FTS
from ..queries import Feed
from . import index, matching
from .query import Query, apply, condition

ROOMS = (120, 1200)
"""How many are taken on either side, one after the other."""
LAST = 2**63 - 1
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stretch:
    """Rows between two moments: all that is found there. `newer` and `older` say that there may be more beyond."""

    rows: QuerySet[Output]
    newer: bool = False
    older: bool = False

    def holds(self, page: Page) -> bool:
        """Whether the page would be the same with all that is found."""
        ahead, behind = (self.newer, self.older) if page.order.descending else (self.older, self.newer)
        return (page.ahead is not None or not ahead) and (page.behind is not None or not behind)


def page(query: Query, feed: Feed, read: Callable[[QuerySet[Output]], Page], near: datetime | None = None) -> Page:
    """The page that `read` makes of rows that are found, at the moment `near`, or else at the start of the feed."""
    pages = ((stretch, read(stretch.rows)) for stretch in _stretches(query, feed, near))
    return next(page for stretch, page in pages if stretch.holds(page))


def _stretches(query: Query, feed: Feed, near: datetime | None) -> Iterator[Stretch]:
    """At last of everything."""
    if connection.vendor == "sqlite" and feed.order in (keyset.NEWEST, keyset.OLDEST) and not query.is_empty:
        found = condition(query, feed)
        if found.words:
            for room in ROOMS:
                yield _stretch(feed.rows.filter(found.rest), found.words, _start(feed, near), room)
    yield Stretch(apply(query, feed.rows, feed))


def _start(feed: Feed, near: datetime | None) -> int | None:
    """The first id above what is read; None where that is all."""
    if near is not None:
        return index.first_place(near + _TICK)
    return None if feed.order.descending else 0


def _stretch(rows: QuerySet[Output], asked: matching.Asked, start: int | None, room: int) -> Stretch:
    older = _some(asked, "<", start, room)
    newer = _some(asked, ">=", start, room) if start is not None else []
    bounds = {}
    # Of the last moment there may be more: it is left to the next stretch.
    if len(older) == room:
        bounds["created_at__gt"] = index.moment(older[-1][0])
    if len(newer) == room:
        bounds["created_at__lt"] = index.moment(newer[-1][0])
    ids = [output_id for _place, output_id in (*older, *newer)]
    return Stretch(rows.filter(pk__in=ids, **bounds), len(newer) == room, len(older) == room)


def _some(asked: matching.Asked, side: str, start: int | None, room: int) -> list[tuple[int, UUID]]:
    """The next words on one side of an id, and the outputs that they are of."""
    direction = "DESC" if side == "<" else "ASC"
    sql = (  # Django would have all of them found before it takes the first
        f"SELECT words.id, words.output_id FROM {FTS} JOIN gallery_words AS words ON words.id = {FTS}.rowid "  # noqa: S608
        f"WHERE {FTS} MATCH %s AND {FTS}.rowid {side} %s ORDER BY {FTS}.rowid {direction} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked.written("sqlite"), LAST if start is None else start, room])
        return [(place, UUID(output_id)) for place, output_id in cursor.fetchall()]
