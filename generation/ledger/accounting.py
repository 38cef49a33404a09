"""Who has had how much: what a share is charged, and whose turns there are.

Every function stands in the transaction of the change that it accounts for, and locks the owner's share first, so that
two changes for one owner happen one after the other.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from ..engine.api import Stage
from ..models import Generation, Share, State, Turn
from ..scheduling import virtual_now

KIND = ("owner_id", "model", "loras")
"""What a turn is about."""
SAME_KIND = {field: OuterRef(field) for field in KIND}


def enqueue(owner_id: int, model: str, loras: str) -> None:
    """Something of this owner waits for this model with these LoRAs from now on."""
    share = lock(owner_id)
    _move(share, max(share.virtual_seconds, _virtual_now()))
    Turn.objects.bulk_create(
        [Turn(owner_id=owner_id, model=model, loras=loras, virtual_seconds=share.virtual_seconds)],
        ignore_conflicts=True,
    )


def dequeue(owner_id: int, model: str, loras: str) -> None:
    """Something of this owner waits for this no more; the turn goes with the last."""
    lock(owner_id)
    _idle(Turn.objects.filter(owner_id=owner_id, model=model, loras=loras)).delete()


def charge(share: Share, generation: Generation, now: datetime) -> None:
    """Charge the locked share the estimate ahead, so that whoever claims next sees it: else all GPUs would go to the
    same person."""
    _move(share, share.virtual_seconds + generation.estimated_seconds / share.weight)
    turn = Turn.objects.filter(owner_id=generation.owner_id, model=generation.model, loras=generation.loras)
    if not _idle(turn).delete()[0]:
        turn.update(served_at=now)


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
    share, _ = Share.objects.select_for_update().get_or_create(pk=owner_id)
    return share


def mend_turns() -> int:
    """Give a turn to what waits without one, as after an upgrade, and take those with nothing behind them; how many."""
    with transaction.atomic():
        waiting = Generation.objects.filter(state=State.QUEUED).order_by().values_list(*KIND).distinct()
        found = list(waiting.exclude(Exists(Turn.objects.filter(**SAME_KIND))))
        for kind in found:
            enqueue(*kind)
    idle = list(_idle(Turn.objects.all()).values_list(*KIND))
    for kind in idle:
        with transaction.atomic():
            dequeue(*kind)
    return len(found) + len(idle)


def _virtual_now() -> float:
    """The pure function's three questions, each asked only where the one before had no answer."""
    waiting = Turn.objects.order_by("virtual_seconds").values_list("virtual_seconds", flat=True)[:1]
    if waiting:
        return virtual_now(waiting, (), ())
    before = F("owner__share__virtual_seconds") - F("charged_seconds") / F("owner__share__weight")
    running = Generation.objects.filter(state=State.RUNNING).values_list(before, flat=True)
    if running:
        return virtual_now((), running, ())
    return virtual_now((), (), Share.objects.order_by("-virtual_seconds").values_list("virtual_seconds", flat=True)[:1])


def _move(share: Share, virtual_seconds: float) -> None:
    if virtual_seconds == share.virtual_seconds:
        return
    share.virtual_seconds = virtual_seconds
    share.save(update_fields=["virtual_seconds"])
    Turn.objects.filter(owner_id=share.pk).update(virtual_seconds=virtual_seconds)


def _idle(turns: QuerySet[Turn]) -> QuerySet[Turn]:
    return turns.exclude(Exists(Generation.objects.filter(state=State.QUEUED, **SAME_KIND)))
