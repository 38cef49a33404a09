"""Says how what a video shows moves, by its pixels alone: where `judge` finds the thing, frame by frame."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .judge import Finding, find

MOVES = ("still", "right", "left", "up", "down", "bounce", "grow", "shrink")
_LOOKS = 9
_LEAST_WAY = 0.07
"""Shares of a side: less is rest. Things slowly come 0.18 along their way in five seconds."""
_LEAST_GROWTH = 0.13
"""Of the logarithm of the extent."""


class Movement(NamedTuple):
    """`kind` is one of MOVES. `way`: how far the thing came along its course, in shares of a side, growth included."""

    kind: str
    way: float


def movement(frames: Sequence[np.ndarray]) -> Movement | None:
    """Of the thing in frames (height, width, 3) uint8; None if there is none in some of those that are looked at."""
    found = [find(frames[index]) for index in np.linspace(0, len(frames) - 1, _LOOKS).round().astype(int)]
    seen = [each for each in found if each is not None]
    if len(seen) < _LOOKS - 1:
        return None
    return _named(seen)


def _named(seen: Sequence[Finding]) -> Movement:
    x, y, size = (np.array(values) for values in zip(*((at.x, at.y, np.log(at.extent)) for at in seen), strict=True))
    course = float(np.abs(np.diff(x)).sum() + np.abs(np.diff(y)).sum() + np.abs(np.diff(size)).sum())
    right, down, growth = (float(_trend(values)) for values in (x, y, size))
    if np.ptp(y) > _LEAST_WAY and np.ptp(y) > 1.6 * abs(down) and np.ptp(y) > np.ptp(x):
        return Movement("bounce", course)
    strengths = {
        ("right" if right > 0 else "left"): abs(right) / _LEAST_WAY,
        ("down" if down > 0 else "up"): abs(down) / _LEAST_WAY,
        ("grow" if growth > 0 else "shrink"): abs(growth) / _LEAST_GROWTH,
    }
    kind = max(strengths, key=lambda name: strengths[name])
    return Movement(kind if strengths[kind] > 1 else "still", course)


def _trend(values: np.ndarray) -> float:
    """From the first third to the last."""
    third = len(values) // 3
    return float(values[-third:].mean() - values[:third].mean())
