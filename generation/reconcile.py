"""Repairs what a crash left: leases that ran out, bells that were lost, workers and scratch files of the dead."""

import logging
import shutil
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from . import doorbell, ledger
from .models import Generation, State, Worker

logger = logging.getLogger(__name__)

SCRATCH_AGE = timedelta(days=1)


@dataclass(frozen=True)
class Repairs:
    """What one round of repairs did."""

    recovered: int = 0
    rung: int = 0
    buried: int = 0
    swept: int = 0

    def __bool__(self) -> bool:
        return any((self.recovered, self.rung, self.buried, self.swept))


def reconcile() -> Repairs:
    repairs = Repairs(_recover_leases(), _ring_lost_bells(), _bury_workers(), _sweep_scratch())
    if repairs:
        logger.info("Repaired: %s", repairs)
    return repairs


def _recover_leases() -> int:
    expired = Generation.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now())
    return sum(ledger.recover(generation) for generation in expired)


def _ring_lost_bells() -> int:
    """One ring for each queued row. A ring too many finds nothing to claim and costs a millisecond."""
    pending = doorbell.pending()
    if pending is None:
        return 0
    missing = Generation.objects.filter(state=State.QUEUED).count() - pending
    return missing if missing > 0 and doorbell.ring(missing) else 0


def _bury_workers() -> int:
    """Forget workers that have said nothing for several leases."""
    silent_since = timezone.now() - 4 * timedelta(seconds=settings.LEASE_SECONDS)
    return Worker.objects.filter(seen_at__lt=silent_since).delete()[1].get("generation.Worker", 0)


def _sweep_scratch() -> int:
    """Working folders that no worker can still be using."""
    folder = settings.MEDIAGEN_HOME / "scratch"
    oldest = (timezone.now() - SCRATCH_AGE).timestamp()
    left_over = [entry for entry in folder.glob("mediagen-*") if entry.stat().st_mtime < oldest]
    for entry in left_over:
        shutil.rmtree(entry)
    return len(left_over)
