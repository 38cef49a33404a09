"""How a worker comes by its next generation, and gives it up."""

import time
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from ..limits import may_run
from ..models import Generation, Share, State, Worker
from ..scheduling import Choice, choose
from . import accounting
from .candidates import hand, heads
from .locking import for_update
from .rows import blank_progress, held, lease, requeue, worked

_HELD_BACK = """
    SELECT EXISTS (SELECT 1 FROM generation_queuecontrol WHERE paused_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM generation_worker WHERE name = %s AND draining)
"""
# The compare-and-set of a claim: only what is queued becomes a next attempt.
_CLAIM = """
    UPDATE generation_generation
    SET state = 'running', attempt = attempt + 1, worker_id = %s, device = %s, started_at = %s, lease_until = %s,
        charged_seconds = estimated_seconds, {blank}
    WHERE id = (SELECT id FROM generation_generation WHERE id = %s AND state = 'queued' {lock})
    RETURNING *
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
        row = _claimed(choice.candidate.id, worker, now, waits)
        if row is None:
            return None
        share = accounting.lock(row.owner_id)
        if not _may_run(share):
            transaction.set_rollback(True)
            return None
        accounting.charge(share, row, now)
        if row.model not in worker.warm_models:
            _note_change(worker, now)
    row.worker, row.claimed_at = worker, time.monotonic()
    return row


def _claimed(pk: UUID, worker: Worker, now: datetime, waits: bool) -> Generation | None:
    """The row as it is from now on: running, with the next attempt number. None if it waits no more, or is locked by
    another worker, unless this one `waits` for that."""
    moment, blank = connection.ops.adapt_datetimefield_value, blank_progress()
    statement = _CLAIM.format(
        blank=", ".join(f"{column} = %s" for column in blank), lock=for_update(skip_locked=not waits)
    )
    given = [worker.pk, worker.hardware, moment(now), moment(now + lease()), *blank.values()]
    found = list(Generation.objects.raw(statement, [*given, Generation._meta.pk.get_db_prep_value(pk, connection)]))
    return found[0] if found else None


def _may_run(share: Share) -> bool:
    """Asked again under the lock of the share, with this one among those that run: another worker may just have taken
    one of the same owner."""
    limit = may_run(share)
    return not limit or Generation.objects.filter(owner_id=share.pk, state=State.RUNNING).count() <= limit


def _note_change(worker: Worker, now: datetime) -> None:
    worker.loaded_at = now
    Worker.objects.filter(pk=worker.pk).update(loaded_at=now)
