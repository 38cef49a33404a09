"""Forecasts of an end, corrected by how earlier ones turned out. Pure.

A forecast of the queue knows nothing of those who have yet to come, nor of those who will cancel. So what ended lately
corrects it: by how far the ends lay from their forecasts, measured in the spread that each forecast had (a normalised
conformal predictor: Papadopoulos, Gammerman and Vovk, "Normalized Nonconformity Measures for Regression Conformal
Prediction", 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log1p
from statistics import NormalDist

import numpy as np

from .durations import NOTHING, Range

PRIOR = NormalDist().quantiles(20)
"""Deviations as they are thought to be before anything has ended."""
PRIOR_KEPT = 20
NEAREST = 80
"""So many ends are listened to: those whose forecasts waited about as long."""
HALF, NINE_TENTHS = 0.5, 0.9
FURTHEST = 0.15
"""By how much the quantile that is promised may differ from the one that is meant."""
WAIT_SPREAD = 1.4
"""By what factor one wait in ten is longer than its forecast, before anything has ended."""


@dataclass(frozen=True)
class Forecast:
    """Seconds from now: until a worker takes it, then of loading the model, then of work."""

    start: float
    loading: float
    work: Range

    @property
    def wait(self) -> float:
        return self.start + self.loading

    @property
    def end(self) -> float:
        return max(self.wait + self.work.low, 0.1)

    @property
    def spread(self) -> float:
        """Standard deviation of the end's log, were it normal."""
        late = WAIT_SPREAD * self.wait + max(self.work.high, self.work.low)
        return max(log(late / self.end) / NormalDist().inv_cdf(NINE_TENTHS), 0.02)

    def deviation(self, took: float) -> float:
        """How far the end lay from this forecast, in its spread, after so many seconds."""
        return log(max(took, 0.1) / self.end) / self.spread


@dataclass(frozen=True)
class Promise:
    """Seconds from now until the start and until the end."""

    start: Range
    end: Range


@dataclass(frozen=True)
class End:
    """How one turned out: its forecast, the end that was promised from it, and the seconds that it took in truth."""

    forecast: Forecast
    promised: Range
    took: float


class Experience:
    """What lately ended, for the next promises."""

    def __init__(self, ends: Sequence[End]) -> None:
        self._waits = np.log1p([end.forecast.wait for end in ends])
        self._deviations = np.array([end.forecast.deviation(end.took) for end in ends])
        self._kept = {
            HALF: np.array([end.took <= end.promised.low for end in ends]),
            NINE_TENTHS: np.array([end.took <= end.promised.high for end in ends]),
        }

    def promise(self, forecast: Forecast) -> Promise:
        """What can start at once does."""
        nearest = np.argsort(np.abs(self._waits - log1p(forecast.wait)), kind="stable")[:NEAREST]
        deviations = np.concatenate([PRIOR, self._deviations[nearest]])
        levels = [_level(target, kept[nearest]) for target, kept in self._kept.items()]
        low, high = (forecast.end * np.exp(forecast.spread * np.quantile(deviations, levels))).tolist()
        before = forecast.loading + forecast.work.low
        start = Range(max(0.0, low - before), max(0.0, high - before)) if forecast.start else NOTHING
        return Promise(start, Range(low, high))


def _level(target: float, kept: np.ndarray) -> float:
    """The quantile to promise so that the target is met: beyond it while fewer promises were kept than it says, as days
    differ and news comes late (in the spirit of Gibbs and Candès, "Adaptive Conformal Inference Under Distribution
    Shift", 2021)."""
    share = (float(kept.sum()) + PRIOR_KEPT * target) / (len(kept) + PRIOR_KEPT)
    return min(max(2 * target - share, target - FURTHEST), min(target + FURTHEST, 0.98))
