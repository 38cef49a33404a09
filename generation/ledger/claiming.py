"""How a worker comes by its next generation, and gives it up."""

import time
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..limits import may_run
from ..models import Generation, Share, State, Worker
from ..scheduling import Choice, choose
from . import accounting
from .candidates import hand, heads
from .rows import blank_progress, held, lease, requeue, worked

_HELD_BACK = """
    SELECT EXISTS (SELECT 1 FROM generation_queuecontrol WHERE paused_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM generation_worker WHERE name = %s AND draining)
"""


def claim(worker: Worker) -> Generation | None:
    """Take for this worker the waiting generation that the policy chooses; None when there is none for it.

    Two workers may choose the same: the second passes over what the first has locked and takes the next. Where that
    leaves it none, it waits for the first and looks again.
    """
    if _is_held_back(worker):
        return None
    asking, waits = hand(worker), False
    while candidates := heads(asking):
        while choice := choose(asking, candidates, time.time()):
            if generation := _take(choice, worker, waits):
                return generation
            candidates.remove(choice.candidate)
        waits = True
    return None


def hand_back(generation: Generation) -> bool:
    """Put a running generation back in the queue, in its old place: its worker is going away on purpose."""
    return requeue(held(generation), worked(generation))


def _is_held_back(worker: Worker) -> bool:
    """In SQL, as the candidates are."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD_BACK, [worker.pk])
        return bool(cursor.fetchone()[0])


def _take(choice: Choice, worker: Worker, waits: bool) -> Generation | None:
    """Claim the chosen one, unless another worker has it, or its owner already has as many running as may."""
    now = timezone.now()
    with transaction.atomic():
        row = _queued().select_for_update(skip_locked=not waits).filter(pk=choice.candidate.id).first()
        if row is None:
            return None
        share = accounting.lock(row.owner_id)
        if not _may_run_one_more(share):
            return None
        facts: dict[str, Any] = {
            "state": State.RUNNING,
            "attempt": row.attempt + 1,
            "worker": worker,
            "device": worker.hardware,
            "started_at": now,
            "lease_until": now + lease(),
            "charged_seconds": row.estimated_seconds,
            **blank_progress(),
        }
        if not _queued().filter(pk=row.pk, attempt=row.attempt).update(**facts):
            return None
        accounting.charge(share, row, now)
        if row.model not in worker.warm_models:
            _note_change(worker, now)
    for name, value in facts.items():
        setattr(row, name, value)
    row.claimed_at = time.monotonic()
    return row


def _may_run_one_more(share: Share) -> bool:
    """Asked again under the lock of the share: another worker may just have taken one of the same owner."""
    limit = may_run(share)
    return not limit or Generation.objects.filter(owner_id=share.pk, state=State.RUNNING).count() < limit


def _note_change(worker: Worker, now: datetime) -> None:
    worker.loaded_at = now
    Worker.objects.filter(pk=worker.pk).update(loaded_at=now)


def _queued() -> QuerySet[Generation]:
    return Generation.objects.filter(state=State.QUEUED)
