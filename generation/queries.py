"""What pages read."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from gallery.models import Output

from . import timing
from .access import Person
from .models import ACTIVE_STATES, Generation, QueueControl, State, Worker
from .request import Request

QUEUE_PAGE = 100


@dataclass(frozen=True)
class Standing:
    """Where a generation stands. `position` is 1 for the next in line; `eta_seconds` counts to its end."""

    position: int | None = None
    eta_seconds: float | None = None


@dataclass(frozen=True)
class QueueEntry:
    """One line of a queue; the prompt of somebody else is not shown."""

    generation: Generation
    standing: Standing
    mine: bool

    @property
    def prompt(self) -> str:
        return str(self.generation.parameters["prompt"]) if self.mine else ""


@dataclass(frozen=True)
class Estimate:
    """What a submit would mean now: seconds of work, how many are ahead, seconds until it starts."""

    seconds: float
    ahead: int
    wait_seconds: float
    warm: bool


def my_queue(person: Person) -> list[QueueEntry]:
    return [entry for entry in everybodys_queue(person) if entry.mine]


def everybodys_queue(person: Person) -> list[QueueEntry]:
    """Running rows first, then the queue in the order in which it will be worked off."""
    active = Generation.objects.select_related("owner")
    running = active.filter(state=State.RUNNING).order_by("started_at")
    line = active.filter(state=State.QUEUED).order_by("created_at", "id")[:QUEUE_PAGE]
    entries = [QueueEntry(row, Standing(eta_seconds=_remaining(row)), row.owner_id == person.pk) for row in running]
    free_in, workers, seconds_ahead = _busy_seconds(), _hands(), 0.0
    for position, row in enumerate(line, start=1):
        eta = (free_in + seconds_ahead) / workers + row.estimated_seconds
        entries.append(QueueEntry(row, Standing(position, eta), row.owner_id == person.pk))
        seconds_ahead += row.estimated_seconds
    return entries


def my_line(person: Person) -> list[UUID]:
    """What this person has waiting, in their own order."""
    mine = Generation.objects.filter(owner_id=person.pk, state=State.QUEUED)
    return list(mine.order_by("place", "id").values_list("pk", flat=True)[:QUEUE_PAGE])


def standing(generation: Generation) -> Standing:
    if generation.state == State.RUNNING:
        return Standing(eta_seconds=_remaining(generation))
    if generation.state != State.QUEUED:
        return Standing()
    earlier = Q(created_at__lt=generation.created_at) | Q(created_at=generation.created_at, id__lt=generation.id)
    ahead = Generation.objects.filter(earlier, state=State.QUEUED)
    wait = _wait_seconds(_seconds_of(ahead))
    return Standing(ahead.count() + 1, wait + generation.estimated_seconds)


def estimate(request: Request) -> Estimate:
    queued = Generation.objects.filter(state=State.QUEUED)
    running = Generation.objects.filter(state=State.RUNNING).count()
    warm = any(request.model_id in worker.warm_models for worker in live_workers())
    return Estimate(timing.expected(request).low, queued.count() + running, _wait_seconds(_seconds_of(queued)), warm)


def latest(person: Person, limit: int) -> QuerySet[Output]:
    return Output.objects.filter(owner_id=person.pk).order_by("-created_at", "-id")[:limit]


def last_seed(person: Person) -> int | None:
    """The seed of the person's newest output."""
    return latest(person, 1).values_list("seed", flat=True).first()


def newest(person: Person) -> Generation | None:
    """What the stage shows: what runs or waits, else what was asked last."""
    mine = Generation.objects.filter(owner_id=person.pk)
    active = mine.filter(state__in=ACTIVE_STATES).order_by("created_at").first()
    return active or mine.order_by("-created_at").first()


def is_paused() -> bool:
    return QueueControl.objects.exclude(paused_at=None).exists()


def live_workers() -> QuerySet[Worker]:
    return Worker.objects.filter(seen_at__gte=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS))


def health() -> dict[str, Any]:
    active = Generation.objects.filter(state__in=ACTIVE_STATES)
    counts = dict(active.values_list("state").annotate(Count("pk")).order_by())
    return {
        "queue": {"queued": counts.get(State.QUEUED, 0), "running": counts.get(State.RUNNING, 0)},
        "workers": live_workers().count(),
    }


def _seconds_of(rows: QuerySet[Generation]) -> float:
    return rows.aggregate(total=Sum("estimated_seconds"))["total"] or 0.0


def _wait_seconds(seconds_ahead: float) -> float:
    """Until a worker is free for what comes after `seconds_ahead` of queued work."""
    return (_busy_seconds() + seconds_ahead) / _hands()


def _busy_seconds() -> float:
    return sum(_remaining(row) for row in Generation.objects.filter(state=State.RUNNING))


def _hands() -> int:
    return max(1, live_workers().count())


def _remaining(generation: Generation) -> float:
    """Seconds until a running generation ends: by its pace so far once that says something, else by the estimate."""
    assert generation.started_at is not None
    elapsed = (timezone.now() - generation.started_at).total_seconds()
    if generation.fraction > 0.1:
        return elapsed / generation.fraction * (1 - generation.fraction)
    return max(1.0, generation.estimated_seconds - elapsed)
