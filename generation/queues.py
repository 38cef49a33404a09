"""The queue as people see it: what is theirs, and what is everybody else's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from .access import Person
from .line import Line, line, line_with
from .models import ACTIVE_STATES, Generation, State
from .queries import QUEUE_PAGE
from .standing import Standing, standing


@dataclass(frozen=True)
class QueueEntry:
    """One line of a queue; the prompt of somebody else is not shown."""

    generation: Generation
    standing: Standing
    mine: bool

    @property
    def prompt(self) -> str:
        return str(self.generation.parameters["prompt"]) if self.mine else ""


def my_queue(person: Person) -> list[QueueEntry]:
    """What runs first, then what waits in its owner's order."""
    mine = Generation.objects.filter(owner_id=person.pk, state__in=ACTIVE_STATES).select_related("preview")
    rows = list(mine.order_by("place", "id")[:QUEUE_PAGE])
    known = line_with(rows)
    return _entries(_running_first(rows), known, mine=True)


def others_queue(person: Person) -> list[QueueEntry]:
    """What runs first, then what waits in the order in which it will be worked off."""
    known = line()
    next_in_line = sorted(known.outlooks, key=lambda pk: known.outlooks[pk].position)
    shown = [pk for pk in next_in_line if known.candidates[pk].owner != person.pk][:QUEUE_PAGE]
    running = _others(person).filter(state=State.RUNNING).order_by("started_at")
    waiting = sorted(_others(person).filter(state=State.QUEUED, pk__in=shown), key=lambda row: shown.index(row.pk))
    return _entries([*running, *waiting], known, mine=False)


def _others(person: Person) -> QuerySet[Generation]:
    return Generation.objects.exclude(owner_id=person.pk)


def _running_first(rows: Iterable[Generation]) -> list[Generation]:
    return sorted(rows, key=lambda row: row.state != State.RUNNING)


def _entries(rows: Sequence[Generation], known: Line, mine: bool) -> list[QueueEntry]:
    return [QueueEntry(row, standing(row, known), mine) for row in rows]
