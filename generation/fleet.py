"""What the workers that live now can run, as they announced it."""

from collections.abc import Sequence

from django.conf import settings

from . import timing
from .catalogue import Invalid
from .catalogue.faults import gettext_noop as _
from .ledger.candidates import hand
from .queries import live_workers
from .remembering import Remembered
from .request import Request

REFUSE = "refuse"


def devices(request: Request) -> Sequence[str]:
    """The hardware of the workers that can run this, as they were a moment ago; any, where none can."""
    able = {worker.hardware for worker in _taking() if hand(worker).can_run(request.model_id, request.loras)}
    return sorted(able) or timing.ANYWHERE


_taking = Remembered(lambda: list(live_workers().filter(draining=False)), "TIMING_SECONDS", stale=10)


def check(request: Request) -> None:
    """Raise Invalid where nobody can run this and the operator wants it refused rather than kept."""
    if settings.UNRUNNABLE != REFUSE:
        return
    able = [asking for asking in map(hand, live_workers().filter(draining=False)) if asking.can_run(request.model_id)]
    if not able:
        raise Invalid(
            "no_worker", _("No worker that can run %(model)s is there now. Try again later."), model=request.model.name
        )
    if not any(asking.can_run(request.model_id, request.loras) for asking in able):
        raise Invalid(
            "no_worker_has_loras",
            _("No worker that has %(loras)s for %(model)s is there now. Leave it out, or try again later."),
            loras=", ".join(request.loras),
            model=request.model.name,
        )
