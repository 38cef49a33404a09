"""Outputs as a grid shows them: cards, gathered by day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from people.standing import Person

from . import keyset, renditions
from .addresses import address
from .models import Output

LABEL_CHARACTERS = 60
PAGE_SIZE = 36
"""Cards to a page: twice what a large screen shows. Browsers take a page in one task, and that must stay short."""


@dataclass(frozen=True)
class Card:
    """One output in a grid. `url` leads to its page, `stacked` says how many its stack has where it stands for them.
    `liked` is None where that is not asked."""

    output: Output
    url: str
    liked: bool | None = None
    stacked: int = 0
    stack_url: str = ""

    @property
    def label(self) -> str:
        label = self.output.label
        return label if len(label) <= LABEL_CHARACTERS else f"{label[: LABEL_CHARACTERS - 1]}…"


@dataclass(frozen=True)
class Day:
    """Cards of one day, or of an order without days. `begun` says that the page before has others of it, `goes_on`
    that the next one has. The label is empty where it stands on the page that this one is put beside."""

    label: str
    cards: list[Card]
    begun: bool = False
    goes_on: bool = False


def cards(
    outputs: Sequence[Output],
    query: str = "",
    liked: Iterable[UUID] | None = None,
    stacked: Mapping[UUID, int] | None = None,
    stack_url: str = "",
) -> list[Card]:
    """With their renditions, which is one query. `query` is the feed's, for the addresses of its outputs; those of
    stacks begin with `stack_url`."""
    renditions.read(outputs)
    counts, likes = stacked or {}, None if liked is None else set(liked)
    found = []
    for output in outputs:
        count = counts.get(output.stack, 0) if output.stack else 0
        found.append(
            Card(
                output,
                address("output", output.pk) + query,
                None if likes is None else output.pk in likes,
                *((count, f"{stack_url}{output.stack}") if count > 1 else (0, "")),
            )
        )
    return found


def stacked(person: Person, outputs: Iterable[Output]) -> dict[UUID, int]:
    """How many each stack of theirs has that is not in the trash. One query, by the stacks' index."""
    stacks = {output.stack for output in outputs if output.stack}
    rows = Output.objects.filter(owner_id=person.pk, stack__in=stacks, trashed_at=None).order_by()
    return dict(rows.values_list("stack").annotate(count=Count("pk")))


def days(
    shown: Sequence[Card], order: keyset.Order, before: date | None, after: date | None, adds: bool = False
) -> list[Day]:
    """`before` and `after` are the days of the rows on both sides of the page, which `adds` to pages that are there."""
    name = day_column(order)
    if name is None:
        return [Day("", list(shown), before is not None, after is not None)] if shown else []
    zone, label_of = timezone.get_current_timezone(), _labels()
    gathered = groupby(shown, lambda card: getattr(card.output, name).astimezone(zone).date())
    several = [(day, list(those)) for day, those in gathered]
    last = len(several) - 1
    found = []
    for place, (day, those) in enumerate(several):
        begun, goes_on = place == 0 and day == before, place == last and day == after
        found.append(Day("" if begun and adds else label_of(day), those, begun, goes_on))
    return found


def day_column(order: keyset.Order) -> str | None:
    """The column whose days an order goes by; None for an order that does not go by time."""
    name = order.keys[0].name
    return name if name in ("created_at", "liked_at") else None


def _labels() -> Callable[[date], str]:
    """What stands above a day. The language and today are asked for once a page, which has dozens of days."""
    language, today = get_language(), timezone.localdate()
    near = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}
    return lambda day: near.get(day) or _written(day, language)


@lru_cache(maxsize=2000)
def _written(day: date, language: str | None) -> str:
    """In the language that is active, which is this one."""
    return date_format(day)
