"""What people are told about the end of their generations, and how well that held."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import NamedTuple

from django.utils import timezone

from .durations import Range
from .experience import End, Experience, Forecast
from .models import Generation, State
from .remembering import Remembered

SAMPLE = 400
"""Ends that correct forecasts: the newest."""
MOST = 20_000
"""Generations that a calibration looks at, at most."""


class Promised(NamedTuple):
    """Seconds from a submit: to the ends of what was promised, and to the end in truth."""

    low: float
    high: float
    took: float


@dataclass(frozen=True)
class Calibration:
    """How promises held: the shares of generations that ended before the lower and before the upper end of what was
    promised. Half were off the lower end by at most `median_error`, as a share of the promised time. `model` is "" for
    all together."""

    model: str
    count: int
    before_low: float
    before_high: float
    median_error: float


def calibration(days: float = 7) -> list[Calibration]:
    """How the promises held of what succeeded in the last days: all together, then model by model."""
    since = timezone.now() - timedelta(days=days)
    ended = Generation.objects.filter(state=State.SUCCEEDED, finished_at__gte=since, promised_low__isnull=False)
    times = "created_at", "promised_low", "promised_high", "finished_at"
    by_model: dict[str, list[Promised]] = defaultdict(list)
    for model, *moments in ended.order_by("-finished_at").values_list("model", *times)[:MOST]:
        created = moments[0]
        by_model[model].append(Promised(*((moment - created).total_seconds() for moment in moments[1:])))
    if not by_model:
        return []
    together = [row for rows in by_model.values() for row in rows]
    return [_calibrated("", together)] + [_calibrated(model, by_model[model]) for model in sorted(by_model)]


def _calibrated(model: str, rows: Sequence[Promised]) -> Calibration:
    return Calibration(
        model,
        len(rows),
        sum(row.took <= row.low for row in rows) / len(rows),
        sum(row.took <= row.high for row in rows) / len(rows),
        median(abs(row.took / row.low - 1) for row in rows),
    )


def _learn() -> Experience:
    ended = Generation.objects.filter(state=State.SUCCEEDED, promised_low__isnull=False).order_by("-finished_at")
    fields = "forecast_seconds", "estimated_seconds", "estimated_seconds_high", "created_at"
    times = "promised_low", "promised_high", "finished_at"
    return Experience(
        [
            End(
                Forecast(max(0.0, total - low), 0.0, Range(low, high)),
                Range(*((moment - created).total_seconds() for moment in promised)),
                (finished - created).total_seconds(),
            )
            for total, low, high, created, *promised, finished in ended.values_list(*fields, *times)[:SAMPLE]
        ]
    )


experience = Remembered(_learn, "TIMING_SECONDS", stale=10)
"""How the latest turned out, which corrects the next forecasts."""
