"""What people are told about the end of their generations, and how well that held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.utils import timezone

from .durations import Range
from .experience import End, Experience, Forecast
from .models import Generation, State
from .remembering import Remembered

SAMPLE = 400
"""Ends that correct forecasts: the newest."""
MOST = 20_000
"""Generations that a calibration looks at, at most."""


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
    ended = Generation.objects.filter(
        state=State.SUCCEEDED, finished_at__gte=timezone.now() - timedelta(days=days), promised_low__isnull=False
    ).order_by("-finished_at")
    rows = list(ended.values_list("model", "created_at", "promised_low", "promised_high", "finished_at")[:MOST])
    if not rows:
        return []
    by_model = {model: [row[1:] for row in rows if row[0] == model] for model in sorted({row[0] for row in rows})}
    return [calibrated("", [row[1:] for row in rows])] + [calibrated(*of_model) for of_model in by_model.items()]


def calibrated(model: str, rows: Sequence[tuple[datetime, datetime, datetime, datetime]]) -> Calibration:
    """Of rows of (asked for, promised, promised at the latest, ended)."""
    return Calibration(
        model,
        len(rows),
        sum(finished <= low for _created, low, _high, finished in rows) / len(rows),
        sum(finished <= high for _created, _low, high, finished in rows) / len(rows),
        median(abs(finished - low) / (low - created) for created, low, _high, finished in rows),
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


experience = Remembered(_learn, "TIMING_SECONDS")
"""How the latest turned out, which corrects the next forecasts."""
