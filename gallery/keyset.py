"""Pages of a feed by the place of their rows: as fast at the end of a long gallery as at its start, without a COUNT
or an OFFSET."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet

from .models import Output

SALT = "gallery.keyset"


class BadCursor(ValueError):
    """A cursor that this site did not write for this order."""


@dataclass(frozen=True)
class Key:
    """A column that takes part in an order. `write` makes JSON of its value, `read` a value of that JSON."""

    name: str
    write: Callable[[Any], str | float]
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Order:
    """In which order a feed stands: by the first key, among equals by the next; the keys of a row are its own alone."""

    name: str
    keys: tuple[Key, ...]
    descending: bool = True

    def columns(self, *, backwards: bool = False) -> list[str]:
        """For `order_by`."""
        sign = "-" if self.descending != backwards else ""
        return [sign + key.name for key in self.keys]


def moment(name: str) -> Key:
    return Key(name, datetime.isoformat, datetime.fromisoformat)


def number(name: str) -> Key:
    return Key(name, int, int)


ID = Key("id", lambda id: id.hex, UUID)
NEWEST = Order("newest", (moment("created_at"), ID))
OLDEST = Order("oldest", NEWEST.keys, descending=False)


@dataclass(frozen=True)
class Place:
    """Where a row stands in an order: its values of the keys."""

    order: Order
    values: tuple[Any, ...]

    @classmethod
    def of(cls, row: Model, order: Order = NEWEST) -> "Place":
        return cls(order, tuple(getattr(row, key.name) for key in order.keys))

    def to_cursor(self) -> str:
        """The place as text for a URL. Signed, so that whatever comes back is a place that the database can compare."""
        written = [key.write(value) for key, value in zip(self.order.keys, self.values, strict=True)]
        return signing.dumps(written, salt=_salt(self.order))

    @classmethod
    def from_cursor(cls, cursor: str, order: Order = NEWEST) -> "Place":
        """Raises BadCursor."""
        try:
            written = signing.loads(cursor, salt=_salt(order))
        except signing.BadSignature as fault:
            raise BadCursor from fault
        return cls(order, tuple(key.read(value) for key, value in zip(order.keys, written, strict=True)))


@dataclass(frozen=True)
class Page:
    """Rows in order, and the places of the rows on both sides of them, or None at an end."""

    outputs: list[Output]
    order: Order = NEWEST
    ahead: Place | None = None
    behind: Place | None = None

    @property
    def before(self) -> str | None:
        """The cursor of the page before this one, for `page_before`."""
        return Place.of(self.outputs[0], self.order).to_cursor() if self.ahead and self.outputs else None

    @property
    def after(self) -> str | None:
        """The cursor of the page after this one, for `page`."""
        return Place.of(self.outputs[-1], self.order).to_cursor() if self.behind and self.outputs else None


def after(rows: QuerySet[Output], place: Place) -> QuerySet[Output]:
    """What stands behind this place, in order."""
    beyond = "lt" if place.order.descending else "gt"
    return _beyond(rows, place, beyond).order_by(*place.order.columns())


def before(rows: QuerySet[Output], place: Place) -> QuerySet[Output]:
    """What stands before this place, the nearest first."""
    beyond = "gt" if place.order.descending else "lt"
    return _beyond(rows, place, beyond).order_by(*place.order.columns(backwards=True))


def page(rows: QuerySet[Output], size: int, cursor: str = "", order: Order = NEWEST) -> Page:
    """The page behind the cursor, or the first one. Raises BadCursor."""
    if not cursor:
        return _page(rows.order_by(*order.columns()), size, order)
    place = Place.from_cursor(cursor, order)
    return _page(after(rows, place), size, order, ahead=place)


def page_before(rows: QuerySet[Output], size: int, cursor: str, order: Order = NEWEST) -> Page:
    """The page that ends where the cursor's begins. Raises BadCursor."""
    place = Place.from_cursor(cursor, order)
    found = list(before(rows, place)[: size + 1])
    return Page(found[:size][::-1], order, _place(found[size:], order), place)


def page_from(rows: QuerySet[Output], size: int, rest: QuerySet[Output], order: Order = NEWEST) -> Page:
    """The page with which `rest` begins, the part of `rows` that stands behind some place."""
    found = _page(rest.order_by(*order.columns()), size, order)
    first = _place(found.outputs, order)
    if first is None:
        return found
    values = before(rows, first).values_list(*(key.name for key in order.keys)).first()
    return replace(found, ahead=Place(order, values) if values else None)


def page_around(rows: QuerySet[Output], size: int, row: Output, order: Order = NEWEST) -> Page:
    """The page with this row in its middle, or as near to that as the start of the feed allows."""
    place, half = Place.of(row, order), size // 2
    ahead = list(before(rows, place)[: half + 1])
    shown = [*reversed(ahead[:half]), row]
    room = size - len(shown)
    rest = list(after(rows, place)[: room + 1])
    return Page(shown + rest[:room], order, _place(ahead[half:], order), _place(rest[room:], order))


def _page(ordered: QuerySet[Output], size: int, order: Order, ahead: Place | None = None) -> Page:
    found = list(ordered[: size + 1])
    return Page(found[:size], order, ahead, _place(found[size:], order))


def _place(rows: Iterable[Output], order: Order) -> Place | None:
    """Of the first of them."""
    first = next(iter(rows), None)
    return Place.of(first, order) if first else None


def _beyond(rows: QuerySet[Output], place: Place, beyond: str) -> QuerySet[Output]:
    names = [key.name for key in place.order.keys]
    # The plain bound beside the ORs is what lets the database start reading the index at the place.
    first, *rest = zip(names, place.values, strict=True)
    bounded = rows.filter(**{f"{first[0]}__{beyond}e": first[1]})
    passed, equal = Q(**{f"{first[0]}__{beyond}": first[1]}), Q()
    for name, value in rest:
        passed |= equal & Q(**{f"{name}__{beyond}": value})
        equal &= Q(**{name: value})
    return bounded.filter(passed)


def _salt(order: Order) -> str:
    return f"{SALT}.{order.name}"
