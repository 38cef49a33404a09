"""How long a request takes: the catalogue's first guess until there are real timings, then those."""

from statistics import median

from django.db.models import DurationField, ExpressionWrapper, F

from .models import Generation, State
from .request import Faults, Request, parse

SAMPLE = 20


def seconds(request: Request) -> float:
    """Seconds from start to end, for all variants of the request."""
    paces = _paces(request)
    return median(paces) * _load(request) if paces else request.estimate_seconds()


def _paces(request: Request) -> list[float]:
    """Measured seconds for one unit of load, of the latest generations with this model and mode."""
    rows = (
        Generation.objects.filter(state=State.SUCCEEDED, model=request.model_id, mode=request.mode_id)
        .annotate(took=ExpressionWrapper(F("finished_at") - F("started_at"), DurationField()))
        .order_by("-finished_at")
        .values_list("parameters", "took")[:SAMPLE]
    )
    paces = []
    for parameters, took in rows:
        try:
            load = _load(parse(parameters))
        except Faults:
            continue  # asked of an older catalogue: it says nothing about today's
        paces.append(took.total_seconds() / load)
    return paces


def _load(request: Request) -> float:
    """What the time grows with: the catalogue's formula, times the pixels of a frame."""
    return request.estimate_seconds() * request["width"] * request["height"]
