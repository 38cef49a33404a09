"""Writing the log, and reading it a page at a time or whole."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from .models import AuditEntry

PAGE_SIZE = 50
CHUNK = 500
LARGEST_KEY = 2**63 - 1
COLUMNS = ("id", "at", "by_id", "by_name", "act", "person_id", "person_name", "thing", "before", "after", "reason")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Page:
    """`older` is where the next page starts, or None at the end."""

    entries: list[AuditEntry]
    older: int | None


@dataclass(frozen=True)
class Asked:
    """What is looked for: `words` in the name of who acted or of whom it was about, or a thing as the log calls it; an
    act; days, both included, in the time zone of the site. What is empty asks for nothing."""

    words: str = ""
    act: str = ""
    since: date | None = None
    until: date | None = None

    def entries(self) -> QuerySet[AuditEntry]:
        rows = AuditEntry.objects.all()
        if self.words:
            named = Q(by_name__icontains=self.words) | Q(person_name__icontains=self.words)
            rows = rows.filter(named | Q(thing__icontains=self.words))
        if self.act:
            rows = rows.filter(act=self.act)
        if self.since:
            rows = rows.filter(at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return rows


def record(
    act: str,
    *,
    by: AbstractBaseUser | None = None,
    person: AbstractBaseUser | None = None,
    thing: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write down what was done; inside the transaction that does it."""
    return AuditEntry.objects.create(
        act=act,
        by_id=by.pk if by else None,
        by_name=by.get_username() if by else "",
        person_id=person.pk if person else None,
        person_name=person.get_username() if person else "",
        thing=thing[:200],
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
    )


def page(before: int = LARGEST_KEY, asked: Asked | None = None) -> Page:
    """The newest entries that are older than this one, of those that are asked for."""
    rows = (asked or Asked()).entries()
    found = list(rows.filter(pk__lt=before)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(shown, shown[-1].pk if len(found) > PAGE_SIZE else None)


def as_jsonl(asked: Asked) -> Iterator[str]:
    """What is asked for, the oldest first: one JSON object a line."""
    for entry in _all(asked):
        yield json.dumps(_row(entry), ensure_ascii=False) + "\n"


def as_csv(asked: Asked) -> Iterator[str]:
    """The same as CSV, with what a spreadsheet would take for a formula made harmless."""
    yield _line(COLUMNS)
    for entry in _all(asked):
        row = {**_row(entry), "before": _json(entry.before), "after": _json(entry.after)}
        yield _line(_harmless(row[name]) for name in COLUMNS)


def _all(asked: Asked) -> Iterator[AuditEntry]:
    return asked.entries().order_by("id").iterator(CHUNK)


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in COLUMNS} | {"at": entry.at.isoformat()}


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False)


def _line(cells: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
