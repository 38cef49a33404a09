"""The compare-and-set itself: rows named by the state and attempt that they must still be in."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from .. import doorbell
from ..models import Generation, State


def held(generation: Generation) -> QuerySet[Generation]:
    return Generation.objects.filter(pk=generation.pk, state=State.RUNNING, attempt=generation.attempt)


def requeue(rows: QuerySet[Generation], **facts: Any) -> bool:
    requeued = rows.update(
        state=State.QUEUED, worker=None, started_at=None, lease_until=None, **blank_progress(), **facts
    )
    if requeued:
        doorbell.ring_on_commit()
    return bool(requeued)


def lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def blank_progress() -> dict[str, Any]:
    return {"stage": "", "step": 0, "steps": 0, "fraction": 0.0, "loading_seconds": 0.0}
