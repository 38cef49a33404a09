"""The values of operators: numbers, sizes and days, alone or as ranges. Nothing here asks the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from .faults import Unreadable
from .faults import gettext_noop as _
from .vocabulary import in_every_language, spelling

YEARS = range(1970, 3000)
_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,12})?", re.ASCII)
_COMPARED = re.compile(r"(?P<how>>=|<=|>|<|=)\s*(?P<than>.*)", re.DOTALL)
_SIZE = re.compile(r"(\d{1,6})\s*[x×х*]\s*(\d{1,6})", re.ASCII | re.IGNORECASE)
SPOKEN = {_("Today"): 0, _("Yesterday"): 1}
"""Days that people name, and how long ago they are."""
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


@dataclass(frozen=True)
class Between:
    """Numbers from `low` to `high`; an end that is None is open, one that is not `…_in` does not belong to it."""

    low: float | None
    high: float | None
    low_in: bool = True
    high_in: bool = True


@dataclass(frozen=True)
class Days:
    """From the first day up to, without it, another; an end that is None is open."""

    first: date | None
    end: date | None


@dataclass(frozen=True)
class Size:
    """In pixels."""

    width: int
    height: int


def number(text: str) -> float:
    """Raises Unreadable."""
    if not _NUMBER.fullmatch(text.strip()):
        raise Unreadable(_("“%(text)s” is not a number."), text=text)
    value = float(text.replace(",", "."))
    return int(value) if value.is_integer() else value


def numbers(text: str) -> Between:
    """`30`, `>20`, `<=4.5`, `20..30`, `20..` or `..30`. Raises Unreadable."""
    if compared := _COMPARED.fullmatch(text):
        bound = number(compared["than"])
        match compared["how"]:
            case ">":
                return Between(bound, None, low_in=False)
            case ">=":
                return Between(bound, None)
            case "<":
                return Between(None, bound, high_in=False)
            case "<=":
                return Between(None, bound)
            case _:
                return Between(bound, bound)
    low, dots, high = text.partition("..")
    if not dots:
        value = number(text)
        return Between(value, value)
    if not (low or high):
        raise Unreadable(_("“%(text)s” is not a range: write it like 20..30."), text=text)
    return Between(number(low) if low else None, number(high) if high else None)


def size(text: str) -> Size:
    """`1024x768`. Raises Unreadable."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise Unreadable(_("“%(text)s” is not a size: write it like 1024x768."), text=text)
    return Size(int(found[1]), int(found[2]))


def days(operator: str, text: str, today: date) -> Days:
    """What `on`, `before` or `after` says of a day, a month or a year, or `on` of a range. Raises Unreadable."""
    first, dots, last = text.partition("..")
    if dots and operator == "on" and (first or last):
        return Days(_span(first, today)[0] if first else None, _span(last, today)[1] if last else None)
    start, end = _span(text, today)
    match operator:
        case "before":
            return Days(None, start)
        case "after":
            return Days(end, None)
        case _:
            return Days(start, end)


def output_id(text: str) -> UUID:
    """Raises Unreadable."""
    try:
        return UUID(text)
    except ValueError:
        raise Unreadable(_("“%(text)s” is not the id of an output."), text=text) from None


def _span(text: str, today: date) -> tuple[date, date]:
    """The first day of it, and the first after it."""
    if (back := _spoken().get(spelling(text))) is not None:
        return today - timedelta(days=back), today - timedelta(days=back - 1)
    found = _DAY.fullmatch(text.strip())
    if not found or int(found[1]) not in YEARS:
        raise _not_a_date(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    try:
        start = date(year, month or 1, day or 1)
    except ValueError:
        raise _not_a_date(text) from None
    if day:
        return start, start + timedelta(days=1)
    if month:
        return start, date(year + month // 12, month % 12 + 1, 1)
    return start, date(year + 1, 1, 1)


@cache
def _spoken() -> Mapping[str, int]:
    return {spelling(day): back for label, back in SPOKEN.items() for day in in_every_language(label)}


def _not_a_date(text: str) -> Unreadable:
    return Unreadable(_("“%(text)s” is not a date: write it like 2026-10-01, 2026-10 or today."), text=text)
