"""What people are told about the end of their generations, and how well that held.

A forecast of the queue knows nothing of those who have yet to come, nor of those who will cancel. So what lately ended
corrects it: how far the ends lay from their forecasts, measured in the spread that each forecast had (normalised
conformal prediction: Papadopoulos, Gammerman and Vovk, "Normalized Nonconformity Measures", 2008).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log
from statistics import NormalDist, median, quantiles

from django.utils import timezone

from .durations import NOTHING, Range
from .models import Generation, State
from .remembering import Remembered

SAMPLE = 200
"""Ends that correct forecasts: the newest."""
MOST = 20_000
"""Generations that a calibration looks at, at most."""
PRIOR = NormalDist().quantiles(20)
"""Deviations as they are before anything has ended."""
NINE_TENTHS = NormalDist().inv_cdf(0.9)
WAIT_SPREAD = 1.4
"""By what factor one wait in ten is longer than its forecast, before anything has ended."""


@dataclass(frozen=True)
class Forecast:
    """Seconds from now: until a worker takes it, then of loading the model, then of work."""

    start: float
    loading: float
    work: Range

    @property
    def end(self) -> float:
        return max(self.start + self.loading + self.work.low, 0.1)

    @property
    def spread(self) -> float:
        """Standard deviation of the end's log, were it normal."""
        late = WAIT_SPREAD * (self.start + self.loading) + max(self.work.high, self.work.low)
        return max(log(late / self.end) / NINE_TENTHS, 0.02)


@dataclass(frozen=True)
class Promise:
    """Seconds from now until the start and until the end."""

    start: Range
    end: Range


@dataclass(frozen=True)
class Calibration:
    """How promises held: the share of generations that ended before the lower and before the upper end, and half of
    them were off the lower one by at most `median_error` of the whole time. `model` is "" for all together."""

    model: str
    count: int
    before_low: float
    before_high: float
    median_error: float


def promise(forecast: Forecast) -> Promise:
    """The forecast, corrected by experience. What can start at once does."""
    low, high = (forecast.end * exp(deviation * forecast.spread) for deviation in _deviations())
    before = forecast.loading + forecast.work.low
    if forecast.start == 0:
        return Promise(NOTHING, Range(low, high))
    return Promise(Range(max(0.0, low - before), max(0.0, high - before)), Range(low, high))


def calibration(days: float = 7) -> list[Calibration]:
    """How the promises held of what succeeded in the last days: all together, then model by model."""
    ended = Generation.objects.filter(
        state=State.SUCCEEDED, finished_at__gte=timezone.now() - timedelta(days=days), promised_low__isnull=False
    ).order_by("-finished_at")
    rows = list(ended.values_list("model", "created_at", "promised_low", "promised_high", "finished_at")[:MOST])
    if not rows:
        return []
    by_model = {model: [row[1:] for row in rows if row[0] == model] for model in sorted({row[0] for row in rows})}
    return [_calibrated("", [row[1:] for row in rows])] + [_calibrated(*of_model) for of_model in by_model.items()]


def deviation(forecast: Forecast, took: float) -> float:
    """How far an end lay from its forecast, in the forecast's spread."""
    return log(max(took, 0.1) / forecast.end) / forecast.spread


def typical(deviations: Iterable[float]) -> tuple[float, float]:
    """The median and the ninth tenth."""
    cuts = quantiles([*PRIOR, *deviations], n=10, method="inclusive")
    return cuts[4], cuts[8]


def _learn() -> tuple[float, float]:
    ended = Generation.objects.filter(state=State.SUCCEEDED, forecast_seconds__gt=0).order_by("-finished_at")
    fields = "forecast_seconds", "estimated_seconds", "estimated_seconds_high", "created_at", "finished_at"
    return typical(
        deviation(Forecast(max(0.0, total - low), 0.0, Range(low, high)), (finished - created).total_seconds())
        for total, low, high, created, finished in ended.values_list(*fields)[:SAMPLE]
    )


_deviations = Remembered(_learn, "TIMING_SECONDS")


def _calibrated(model: str, rows: Sequence[tuple[datetime, datetime, datetime, datetime]]) -> Calibration:
    return Calibration(
        model,
        len(rows),
        sum(finished <= low for _created, low, _high, finished in rows) / len(rows),
        sum(finished <= high for _created, _low, high, finished in rows) / len(rows),
        median(abs((finished - low) / (low - created)) for created, low, _high, finished in rows),
    )
