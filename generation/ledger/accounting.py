"""Who has had how much: what a share is charged, and whose turns there are.

Every function stands in the transaction of the change that it accounts for, and locks the owner's share first, so that
two changes for one owner happen one after the other.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from ..engine.api import Stage
from ..models import Generation, Share, State, Turn
from ..scheduling import virtual_now
from .locking import for_update

KIND = ("owner_id", "model", "loras")
"""What a turn is about."""
SAME_KIND = {field: OuterRef(field) for field in KIND}

# In SQL, as the candidates are: these stand between a submit and its first step.
_SHARE = "SELECT * FROM generation_share WHERE owner_id = %s"
_MOVE = (
    "UPDATE generation_share SET virtual_seconds = %s WHERE owner_id = %s",
    "UPDATE generation_turn SET virtual_seconds = %s WHERE owner_id = %s",
)
_BEGIN_TURN = """
    INSERT INTO generation_turn (owner_id, model, loras, virtual_seconds) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
_VIRTUAL_SECONDS = """
    SELECT
        (SELECT min(virtual_seconds) FROM generation_turn),
        (
            SELECT max(share.virtual_seconds - generation.charged_seconds / share.weight)
            FROM generation_generation AS generation
            JOIN generation_share AS share ON share.owner_id = generation.owner_id
            WHERE generation.state = 'running'
        ),
        (SELECT max(virtual_seconds) FROM generation_share)
"""
_END_IF_IDLE = """
    DELETE FROM generation_turn
    WHERE owner_id = %s AND model = %s AND loras = %s AND NOT EXISTS (
        SELECT 1 FROM generation_generation AS generation
        WHERE generation.state = 'queued' AND generation.owner_id = generation_turn.owner_id
            AND generation.model = generation_turn.model AND generation.loras = generation_turn.loras
    )
"""


def enqueue(share: Share, model: str, loras: str) -> None:
    """Something of the owner of this locked share waits for this model with these LoRAs from now on."""
    _move(share, max(share.virtual_seconds, _virtual_now()))
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN_TURN, [share.pk, model, loras, share.virtual_seconds])


def dequeue(owner_id: int, model: str, loras: str) -> None:
    """Something of this owner waits for this no more; the turn goes with the last."""
    lock(owner_id)
    _end_if_idle(owner_id, model, loras)


def charge(share: Share, generation: Generation, now: datetime) -> None:
    """Charge the locked share the estimate ahead, so that whoever claims next sees it: else all GPUs would go to the
    same person."""
    _move(share, share.virtual_seconds + generation.estimated_seconds / share.weight)
    owner_id, model, loras = generation.owner_id, generation.model, generation.loras
    if not _end_if_idle(owner_id, model, loras):
        Turn.objects.filter(owner_id=owner_id, model=model, loras=loras).update(served_at=now)


def settle(attempt: Generation) -> float:
    """Replace what was charged ahead by what the attempt really took; those seconds.

    They are what its worker measured and last told, so that no clock but that worker's counts. Loading costs nobody
    anything: that a model was not warm is the policy's doing.
    """
    worked = 0.0 if attempt.stage == Stage.LOADING else attempt.worked_seconds
    share = lock(attempt.owner_id)
    _move(share, share.virtual_seconds + (worked - attempt.charged_seconds) / share.weight)
    return worked


def lock(owner_id: int) -> Share:
    """The owner's share, held until the transaction ends."""
    assert connection.in_atomic_block
    for share in Share.objects.raw(f"{_SHARE} {for_update()}", [owner_id]):
        return share
    share, _ = Share.objects.select_for_update().get_or_create(pk=owner_id)
    return share


def mend_turns() -> int:
    """Give a turn to what waits without one, as after an upgrade, and take those with nothing behind them; how many."""
    with transaction.atomic():
        waiting = Generation.objects.filter(state=State.QUEUED).order_by().values_list(*KIND).distinct()
        found = list(waiting.exclude(Exists(Turn.objects.filter(**SAME_KIND))))
        for owner_id, model, loras in found:
            enqueue(lock(owner_id), model, loras)
    waits = Exists(Generation.objects.filter(state=State.QUEUED, **SAME_KIND))
    idle = list(Turn.objects.exclude(waits).values_list(*KIND))
    for kind in idle:
        with transaction.atomic():
            dequeue(*kind)
    return len(found) + len(idle)


def _virtual_now() -> float:
    with connection.cursor() as cursor:
        cursor.execute(_VIRTUAL_SECONDS)
        return virtual_now(*([seconds] if seconds is not None else [] for seconds in cursor.fetchone()))


def _move(share: Share, virtual_seconds: float) -> None:
    if virtual_seconds == share.virtual_seconds:
        return
    share.virtual_seconds = virtual_seconds
    with connection.cursor() as cursor:
        for statement in _MOVE:
            cursor.execute(statement, [virtual_seconds, share.pk])


def _end_if_idle(owner_id: int, model: str, loras: str) -> bool:
    """Whether the turn went, for nothing waits in it any more."""
    with connection.cursor() as cursor:
        cursor.execute(_END_IF_IDLE, [owner_id, model, loras])
        return bool(cursor.rowcount)
