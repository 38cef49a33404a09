"""What the workers that live now can run, as they announced it."""

from django.conf import settings
from django.db.models import QuerySet

from .catalogue import Invalid
from .catalogue.faults import gettext_noop as _
from .models import Worker
from .queries import live_workers
from .request import Request

KEEP, REFUSE = "keep", "refuse"


def able(request: Request) -> list[Worker]:
    """The live workers that can run this. One that has announced nothing yet counts as able."""
    return [worker for worker in _working() if can_run(worker, request.model_id)]


def can_run(worker: Worker, model_id: str) -> bool:
    return model_id in worker.capabilities.get("models", {model_id: {}})


def check(request: Request) -> None:
    """Raise Invalid where nobody can run this and the operator wants it refused rather than kept."""
    if settings.UNRUNNABLE == REFUSE and not able(request):
        raise Invalid(
            "no_worker", _("No worker that can run %(model)s is there now. Try again later."), model=request.model.name
        )


def _working() -> QuerySet[Worker]:
    return live_workers().filter(draining=False)
