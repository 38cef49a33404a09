"""What the workers that live now can run, as they announced it."""

from django.conf import settings

from .catalogue import Invalid
from .catalogue.faults import gettext_noop as _
from .queries import live_workers
from .request import Request

REFUSE = "refuse"


def check(request: Request) -> None:
    """Raise Invalid where nobody can run this and the operator wants it refused rather than kept."""
    if settings.UNRUNNABLE == REFUSE and not _anybody_for(request.model_id):
        raise Invalid(
            "no_worker", _("No worker that can run %(model)s is there now. Try again later."), model=request.model.name
        )


def _anybody_for(model_id: str) -> bool:
    working = live_workers().filter(draining=False)
    return any(worker.able is None or model_id in worker.able for worker in working)
