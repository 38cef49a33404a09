"""The compare-and-set itself: rows named by the state and attempt that they must still be in."""

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from .. import doorbell
from ..models import Generation, State
from . import accounting


def held(generation: Generation) -> QuerySet[Generation]:
    return Generation.objects.filter(pk=generation.pk, state=State.RUNNING, attempt=generation.attempt)


def end_attempt(rows: QuerySet[Generation], worked: float | None = None, **facts: Any) -> Generation | None:
    """Give the running generation that `rows` names these facts, and settle with its owner; None where there is none.

    `worked` is what the attempt took, in seconds without loading; what its worker last told, where it is not given.
    """
    with transaction.atomic():
        attempt = rows.select_for_update().defer("parameters").first()
        if attempt is None:
            return None
        if worked is not None:
            attempt.worked_seconds = worked
        seconds = accounting.settle(attempt)
        rows.update(
            **{"worked_seconds": attempt.worked_seconds, **facts},
            gpu_seconds=F("gpu_seconds") + seconds,
            charged_seconds=0.0,
            lease_until=None,
        )
        return attempt


def requeue(rows: QuerySet[Generation], worked: float | None = None, **facts: Any) -> bool:
    with transaction.atomic():
        blank = {"state": State.QUEUED, "worker": None, "started_at": None, **blank_progress()}
        attempt = end_attempt(rows, worked, **blank, **facts)
        if attempt is not None:
            accounting.enqueue(accounting.lock(attempt.owner_id), attempt.model, attempt.loras)
            doorbell.ring_on_commit()
    return attempt is not None


def worked(generation: Generation) -> float:
    """Seconds of work since this process claimed it, without loading; 0 where this process did not."""
    if generation.claimed_at is None:
        return 0.0
    return max(0.0, time.monotonic() - generation.claimed_at - generation.loading_seconds)


def lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def blank_progress() -> dict[str, Any]:
    return {"stage": "", "step": 0, "steps": 0, "fraction": 0.0, "loading_seconds": 0.0, "worked_seconds": 0.0}
