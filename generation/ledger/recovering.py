"""What becomes of a generation whose worker was lost."""

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from ..models import Generation, State
from .rows import held, requeue

MAX_CRASHES = 3
WORKER_LOST = _("The worker was lost three times while making this. It will not be tried again by itself.")


def recover(generation: Generation) -> bool:
    """Put a generation whose worker was lost back in the queue, or give up after the third time."""
    expired = held(generation).filter(lease_until__lt=timezone.now())
    if generation.crashes + 1 < MAX_CRASHES:
        return requeue(expired, crashes=F("crashes") + 1)
    gave_up = expired.update(
        state=State.FAILED,
        finished_at=timezone.now(),
        lease_until=None,
        crashes=F("crashes") + 1,
        error=WORKER_LOST,
    )
    return bool(gave_up)
