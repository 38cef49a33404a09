"""What becomes of a generation whose worker was lost."""

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from ..models import Generation, State
from .rows import end_attempt, held, requeue

MAX_CRASHES = 3
WORKER_LOST = _("The worker was lost three times while making this. It will not be tried again by itself.")


def recover(generation: Generation) -> bool:
    """Put a generation whose lease ran out by the clock back in the queue, or into quarantine after the third time."""
    return _recover(generation, held(generation).filter(lease_until__lt=timezone.now()))


def recover_silent(generation: Generation) -> bool:
    """The same for one whose lease still ends when `generation` says, for the caller saw it stand still too long."""
    return _recover(generation, held(generation).filter(lease_until=generation.lease_until))


def _recover(generation: Generation, lost: QuerySet[Generation]) -> bool:
    if generation.crashes + 1 < MAX_CRASHES:
        return requeue(lost, crashes=F("crashes") + 1)
    quarantined = end_attempt(
        lost,
        state=State.FAILED,
        finished_at=timezone.now(),
        crashes=F("crashes") + 1,
        error=WORKER_LOST,
        quarantined=True,
    )
    return quarantined is not None
