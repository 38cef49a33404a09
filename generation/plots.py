"""Bars over time, laid out for an SVG that a template draws. Pure geometry: colours are the style sheet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil

WIDTH, HEIGHT = 440, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 4, 10, 22
GRID_LINES = 4
MOST_LABELS = 8
BAR_SHARE = 0.72


@dataclass(frozen=True)
class Segment:
    """A rectangle of one series, from its upper edge."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bar:
    """What stands on one place of the axis; `says` is read out and shown under the pointer."""

    says: str
    x: float
    width: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Tick:
    """A label and where it stands on its axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Plot:
    """Bars, and the ticks of both axes, in a box of WIDTH by HEIGHT."""

    bars: tuple[Bar, ...]
    times: tuple[Tick, ...]
    values: tuple[Tick, ...]

    width, height = WIDTH, HEIGHT
    left, right = LEFT, WIDTH - RIGHT
    top, inside = TOP, HEIGHT - TOP - BOTTOM


def stacked(rows: Sequence[Sequence[float]], labels: Sequence[str], says: Sequence[str]) -> Plot:
    """One bar a row, the parts of each on top of one another. `labels` stand below, as many as there is room for."""
    top = nice_top(max((sum(row) for row in rows), default=0.0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(rows))
    bars = tuple(
        _bar(row, text, LEFT + step * at, step, top) for at, (row, text) in enumerate(zip(rows, says, strict=True))
    )
    every = ceil(len(rows) / MOST_LABELS) or 1
    times = tuple(Tick(LEFT + step * (at + 0.5), label) for at, label in enumerate(labels) if at % every == 0)
    values = tuple(
        Tick(_y(top * part / GRID_LINES, top), f"{top * part / GRID_LINES:g}") for part in range(GRID_LINES + 1)
    )
    return Plot(bars, times, values)


def nice_top(largest: float) -> float:
    """The least of 4, 8, 12, 20, 40, 80, 120, 200 … that is not below `largest`: its quarters are whole numbers."""
    return next(
        float(times * 10**power) for power in count() for times in (4, 8, 12, 20) if times * 10**power >= largest
    )


def _bar(row: Sequence[float], says: str, x: float, step: float, top: float) -> Bar:
    segments, below = [], 0.0
    width = round(step * BAR_SHARE, 2)
    left = round(x + (step - width) / 2, 2)
    for series, part in enumerate(row):
        if part > 0:
            upper, lower = _y(below + part, top), _y(below, top)
            segments.append(Segment(series, left, upper, width, round(lower - upper, 2)))
            below += part
    return Bar(says, round(x, 2), round(step, 2), tuple(segments))


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top, 2)
