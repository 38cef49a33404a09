"""How long things take here: the catalogue's first guesses, and what the ledger has measured since."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from gallery.models import Output

from . import durations
from .catalogue import get_model, models
from .durations import Durations, Range, Work
from .engine.api import Stage
from .models import Generation, State
from .remembering import Remembered
from .request import Request

SAMPLE = 16
"""Measurements taken of each model and mode: the newest."""
LOADING_GUESS = 20.0
ANYWHERE = ("",)


Row = Mapping[str, Any]


class Learned(NamedTuple):
    """`demo` has the models whose newest measurement is of a demo model."""

    working: Durations
    loading: Durations
    demo: frozenset[str]


def expected(request: Request, devices: Sequence[str] = ANYWHERE) -> Range:
    """Seconds of work for all variants of the request, without loading, on one of these devices."""
    learned = _learned()
    values = request.to_json()
    return learned.working.range([work_of(values, device, request.model_id in learned.demo) for device in devices])


def loading(model_id: str, devices: Sequence[str] = ANYWHERE) -> Range:
    """Seconds that loading this model takes on one of these devices."""
    learned = _learned()
    return learned.loading.range([load_of(model_id, device, model_id in learned.demo) for device in devices])


def remaining(generation: Generation) -> Range:
    """Seconds until a running generation ends."""
    assert generation.started_at is not None
    elapsed = (timezone.now() - generation.started_at).total_seconds()
    work = Range(generation.estimated_seconds, max(generation.estimated_seconds, generation.estimated_seconds_high))
    if generation.stage == Stage.LOADING:
        return durations.remaining(loading(generation.model, (generation.device,)), elapsed, 0.0) + work
    return durations.remaining(work, elapsed - generation.loading_seconds, generation.fraction)


def _learn() -> Learned:
    rows = [row for model in models().values() for mode in model.modes for row in _newest(model.id, mode=mode.id)]
    loads = [row for model_id in models() for row, _work in _newest(model_id, loading_seconds__gt=0)]
    newest = {row["model"]: row for row, _work in sorted(rows, key=lambda pair: pair[0]["finished_at"])}
    return Learned(
        Durations([(work, _working_seconds(row)) for row, work in rows]),
        Durations([(load_of(row["model"], row["device"], row["demo"]), row["loading_seconds"]) for row in loads]),
        frozenset(model_id for model_id, row in newest.items() if row["demo"]),
    )


_learned = Remembered(_learn, "TIMING_SECONDS", stale=10)


def _newest(model_id: str, **of: Any) -> Iterator[tuple[Row, Work]]:
    """The newest measurements of a model, as far as today's catalogue still knows what was asked."""
    demo = Output.objects.filter(generation=OuterRef("pk"), variant=0).values("demo")
    ran = {"state": State.SUCCEEDED, "finished_at__isnull": False}  # what came back with its grid did not
    rows = Generation.objects.filter(**ran, model=model_id, **of).order_by("-finished_at")
    fields = "model", "parameters", "device", "started_at", "finished_at", "loading_seconds", "worked_seconds"
    for row in rows.values(*fields, demo=Coalesce(Subquery(demo), False))[:SAMPLE]:
        try:
            yield row, work_of(row["parameters"], row["device"], row["demo"])
        except KeyError:
            continue  # asked of an older catalogue: it says nothing about today's


def _working_seconds(row: Row) -> float:
    """As the worker measured it; as the clocks had it, where it did not."""
    took = (row["finished_at"] - row["started_at"]).total_seconds() - row["loading_seconds"]
    return float(row["worked_seconds"] or took)


def work_of(values: Row, device: str, demo: bool) -> Work:
    """Raises KeyError where a parameter is missing that every request has today."""
    model, batch = get_model(values["model"]), values["batch_size"]
    steps = max(1, round(values["steps"] * values.get("denoising_strength", 1)))
    sizes = values["width"] * values["height"], values.get("num_frames", 1), steps, batch
    guided = values.get("cfg_scale", values.get("guidance_scale", 1)) > 1
    kind, name, here = _groups(model.id, device, demo)
    mode = f"{name} {values['mode']}"
    way = f"{mode} {values.get('sampler')} {guided}"
    bucket = f"{way} {device} {sizes} {values['output_format']}"
    return Work(model.estimate(values) * batch, sizes, (kind, name, here, mode, way, bucket))


def load_of(model_id: str, device: str, demo: bool) -> Work:
    """A model is loaded in one way only: the finer groups are one."""
    kind, name, here = _groups(model_id, device, demo)
    return Work(LOADING_GUESS, (), (kind, name, here, here, here, here))


def _groups(model_id: str, device: str, demo: bool) -> tuple[str, str, str]:
    """A demo model says nothing about a real one."""
    kind = "demo" if demo else "real"
    return kind, f"{kind} {model_id}", f"{kind} {model_id} on {device}"
