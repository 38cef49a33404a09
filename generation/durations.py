"""How long work takes, learned from work that was done. Pure: numbers in, numbers out.

A regression in log-space by a Gaussian process (Rasmussen and Williams 2006, chapter 2): what was measured in the very
same way counts most, then the same model in the same mode, then the model, then everything else; with nothing measured
the first guess stands. How far measurements lie from what the others say of them (the same book, section 5.4.2) makes
the range, so that its upper end holds for nine of ten whatever shape the noise has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from statistics import NormalDist

import numpy as np

GROUP_SPREAD = (0.4, 0.3, 0.4, 0.2, 0.2, 0.15)
"""How much the groups of Work.groups differ among themselves, in their order: standard deviations of log-seconds."""
SLOPE_SPREAD = 0.3
"""How far the exponents of Work.sizes lie from 1."""
NOISE = 0.15
OUTLIER = 3.0
"""Standard deviations from which on a measurement counts less."""
PRIOR_RESIDUALS = NormalDist().quantiles(12)
"""What residuals look like as long as few are known."""


@dataclass(frozen=True)
class Range:
    """Seconds: half of all such work takes at most `low`, nine of ten at most `high`."""

    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.high + other.high)


NOTHING = Range(0.0, 0.0)


def remaining(expected: Range, elapsed: float, done: float) -> Range:
    """Seconds until work ends that has run for `elapsed` seconds, `done` of it (0 … 1): by what was expected at first,
    more and more by its own pace."""
    left = 1.0 - done
    if done == 0:
        return Range(max(1.0, expected.low - elapsed), max(1.0, expected.high - elapsed))
    pace = max(elapsed, 0.1) / done
    low, high = (max(seconds, 0.1) ** left * pace**done * left for seconds in (expected.low, expected.high))
    return Range(low, high)


@dataclass(frozen=True)
class Work:
    """What the time of a piece of work depends on.

    `guess` is a first guess in seconds. `sizes` are what time grows with, about in proportion; all works have equally
    many. `groups` names ever smaller groups that it belongs to, one for each of GROUP_SPREAD; the second is the model.
    """

    guess: float
    sizes: tuple[float, ...]
    groups: tuple[str, ...]


class Durations:
    """What measurements, (work, seconds) each, say about work to come."""

    def __init__(self, measured: Sequence[tuple[Work, float]]) -> None:
        self._known: dict[tuple[Work, ...], Range] = {}
        self._centres = _centres(measured)
        self._measured = _Table([work for work, _took in measured], self._centres)
        if measured:
            self._learn(_logs([max(took, 1e-3) for _work, took in measured]) - self._measured.means)

    def range(self, ways: Sequence[Work]) -> Range:
        """Of work that will be done in one of these ways, all of one model and equally likely."""
        key = tuple(ways)  # who looks at an estimate submits the same a moment later
        if key not in self._known:
            self._known[key] = self._range(ways)
        return self._known[key]

    def _range(self, ways: Sequence[Work]) -> Range:
        asked = _Table(ways, self._centres)
        means, variances, residuals = asked.means, asked.variances, np.array(PRIOR_RESIDUALS)
        if self._measured:
            shared = _covariance(asked, self._measured)
            means = means + shared @ self._weights
            variances = variances - np.einsum("ij,jk,ik->i", shared, self._inverse, shared)
            alike = [model == ways[0].groups[1] for model in self._measured.models]
            residuals = np.concatenate([residuals, self._residuals[alike]])
        spreads = np.sqrt(np.maximum(variances, 0.0) + NOISE**2)
        low, high = np.quantile(means[:, None] + spreads[:, None] * residuals, (0.5, 0.9))
        return Range(exp(low), exp(high))

    def _learn(self, excess: np.ndarray) -> None:
        """`excess`: by how much the measurements lie above what is expected without them, in log-seconds."""
        covariance = _covariance(self._measured, self._measured)
        noise = np.full(len(excess), NOISE**2)
        far = np.abs(_left_out(np.linalg.inv(covariance + np.diag(noise)), excess))
        noise *= np.maximum(1.0, far / OUTLIER) ** 2
        self._inverse = np.linalg.inv(covariance + np.diag(noise))
        self._weights = self._inverse @ excess
        self._residuals = _left_out(self._inverse, excess)


class _Table:
    """Works as arrays. Where the model has been measured, sizes count from the middle of what was measured."""

    def __init__(self, works: Sequence[Work], centres: dict[str, tuple[float, np.ndarray]]) -> None:
        self.models = [work.groups[1] for work in works]
        self.groups = np.array([[hash(group) for group in work.groups] for work in works])
        self.offsets = np.zeros((len(works), len(works[0].sizes) if works else 0))
        self.means = _logs([work.guess for work in works])
        for row, work in enumerate(works):
            if centre := centres.get(work.groups[1]):
                guess, sizes = centre
                self.offsets[row] = _logs(work.sizes) - sizes
                self.means[row] = guess + self.offsets[row].sum()
        self.variances = sum(np.square(GROUP_SPREAD)) + SLOPE_SPREAD**2 * np.square(self.offsets).sum(axis=1)

    def __len__(self) -> int:
        return len(self.models)


def _centres(measured: Sequence[tuple[Work, float]]) -> dict[str, tuple[float, np.ndarray]]:
    """The middle of what was measured of each model: logs of the guess and of the sizes."""
    works: dict[str, list[Work]] = {}
    for work, _took in measured:
        works.setdefault(work.groups[1], []).append(work)
    return {
        model: (float(_logs([w.guess for w in alike]).mean()), _logs([w.sizes for w in alike]).mean(axis=0))
        for model, alike in works.items()
    }


def _covariance(some: _Table, others: _Table) -> np.ndarray:
    """Of log-seconds, without noise: by the groups that two works share and, within a model, by their sizes."""
    found = SLOPE_SPREAD**2 * (some.offsets @ others.offsets.T)
    found *= some.groups[:, None, 1] == others.groups[:, 1]
    for level, spread in enumerate(GROUP_SPREAD):
        found += spread**2 * (some.groups[:, None, level] == others.groups[:, level])
    return np.asarray(found)


def _left_out(inverse: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """How far each measurement lies from what all others say of it, in standard deviations of that."""
    return np.asarray((inverse @ excess) / np.sqrt(np.diag(inverse)))


def _logs(values: Sequence[object]) -> np.ndarray:
    return np.log(np.array(values, dtype=float))
