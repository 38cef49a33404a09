"""What pages read."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from gallery.models import Output

from .access import Person
from .models import ACTIVE_STATES, Generation, QueueControl, State, Worker

QUEUE_PAGE = 100


def my_line(person: Person) -> list[UUID]:
    """What this person has waiting, in their own order."""
    mine = Generation.objects.filter(owner_id=person.pk, state=State.QUEUED)
    return list(mine.order_by("place", "id").values_list("pk", flat=True)[:QUEUE_PAGE])


def latest(person: Person, limit: int) -> QuerySet[Output]:
    mine = Output.objects.filter(owner_id=person.pk, trashed_at=None)
    return mine.order_by("-created_at", "-id")[:limit]


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
    """By the database's clock alone: those of the machines need not agree."""
    return Worker.objects.filter(seen_at__gte=Now() - timedelta(seconds=settings.LEASE_SECONDS))


def health() -> dict[str, Any]:
    """Each state is counted by its own index; together they would read the whole table."""
    return {
        "queue": {str(state): Generation.objects.filter(state=state).count() for state in ACTIVE_STATES},
        "workers": live_workers().count(),
    }
