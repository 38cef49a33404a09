"""The outlines of things, in a square from -1 to 1 with y downwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

Points = np.ndarray
"""(n, 2): x and y of a polygon's corners."""


@dataclass(frozen=True)
class Figure:
    """The body, in one colour, is the union of `body` without `holes`; `details` lie upon it, each in a role's colour.

    Roles: "dark" for eyes and doors, "pale" for what is lighter than the body, "trunk" for wood.
    """

    body: Sequence[Points]
    holes: Sequence[Points] = ()
    details: Sequence[tuple[str, Points]] = field(default=())


def figure(shape: str) -> Figure:
    return _FIGURES[shape]()


def _polygon(*corners: tuple[float, float]) -> Points:
    return np.array(corners, dtype=float)


def _ellipse(x: float, y: float, width: float, height: float, start: float = 0, end: float = 360) -> Points:
    """Half of the width and height are given; angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 72))
    return np.stack([x + width * np.cos(angles), y + height * np.sin(angles)], axis=1)


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return _polygon((left, top), (right, top), (right, bottom), (left, bottom))


def _circle() -> Figure:
    return Figure([_ellipse(0, 0, 1, 1)])


def _square() -> Figure:
    return Figure([_box(-0.88, -0.88, 0.88, 0.88)])


def _triangle() -> Figure:
    return Figure([_polygon((0, -0.92), (1, 0.82), (-1, 0.82))])


def _star() -> Figure:
    angles = np.radians(np.arange(10) * 36 - 90)
    radii = np.where(np.arange(10) % 2, 0.45, 1.08)
    return Figure([np.stack([radii * np.cos(angles), radii * np.sin(angles) + 0.08], axis=1)])


def _ring() -> Figure:
    return Figure([_ellipse(0, 0, 1, 1)], holes=[_ellipse(0, 0, 0.52, 0.52)])


def _heart() -> Figure:
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    x = 16 * np.sin(turn) ** 3
    y = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
    return Figure([np.stack([x / 16.5, -(y + 2.5) / 15.5], axis=1)])


def _teapot() -> Figure:
    spout = _polygon((0.5, 0.15), (0.72, -0.05), (0.82, -0.4), (1.08, -0.4), (0.98, 0.12), (0.55, 0.55))
    body = [
        _ellipse(0, 0.2, 0.7, 0.6),
        _ellipse(0, -0.36, 0.38, 0.16),
        _ellipse(0, -0.6, 0.14, 0.14),
        spout,
        _ellipse(-0.66, 0.1, 0.4, 0.42),
        _box(-0.42, 0.66, 0.42, 0.84),
    ]
    return Figure(body, holes=[_ellipse(-0.8, 0.1, 0.15, 0.2)], details=[("pale", _ellipse(-0.2, 0.02, 0.17, 0.24))])


def _fox() -> Figure:
    head = _polygon((-0.8, -0.3), (0.8, -0.3), (0.92, 0.1), (0.0, 0.95), (-0.92, 0.1))
    ears = [_polygon((-0.86, -1.0), (-0.12, -0.42), (-0.86, 0.0)), _polygon((0.86, -1.0), (0.12, -0.42), (0.86, 0.0))]
    details = [
        ("pale", _polygon((-0.86, 0.16), (-0.2, 0.22), (0.0, 0.5), (0.2, 0.22), (0.86, 0.16), (0, 0.92))),
        ("dark", _ellipse(-0.38, 0.0, 0.12, 0.15)),
        ("dark", _ellipse(0.38, 0.0, 0.12, 0.15)),
        ("dark", _ellipse(0, 0.8, 0.17, 0.14)),
    ]
    return Figure([head, *ears], details=details)


def _robot() -> Figure:
    body = [
        _box(-0.6, -0.72, 0.6, 0.08),
        _box(-0.45, 0.16, 0.45, 0.78),
        _box(-0.16, 0.0, 0.16, 0.2),
        _box(-0.06, -0.95, 0.06, -0.7),
        _ellipse(0, -0.94, 0.13, 0.13),
        _box(-0.78, 0.22, -0.5, 0.66),
        _box(0.5, 0.22, 0.78, 0.66),
        _box(-0.36, 0.76, -0.1, 1.0),
        _box(0.1, 0.76, 0.36, 1.0),
    ]
    details = [
        ("pale", _ellipse(-0.27, -0.38, 0.17, 0.17)),
        ("pale", _ellipse(0.27, -0.38, 0.17, 0.17)),
        ("dark", _ellipse(-0.27, -0.38, 0.09, 0.09)),
        ("dark", _ellipse(0.27, -0.38, 0.09, 0.09)),
        ("dark", _box(-0.26, -0.14, 0.26, -0.05)),
        ("pale", _box(-0.24, 0.32, 0.24, 0.58)),
    ]
    return Figure(body, details=details)


def _tree() -> Figure:
    crown = [_ellipse(0, -0.5, 0.52, 0.48), _ellipse(-0.45, -0.1, 0.48, 0.42), _ellipse(0.45, -0.1, 0.48, 0.42)]
    trunk = _polygon((-0.14, 0.2), (0.14, 0.2), (0.22, 1.0), (-0.22, 1.0))
    return Figure([*crown, trunk], details=[("trunk", trunk)])


def _house() -> Figure:
    roof = _polygon((0, -1.0), (1.0, -0.12), (-1.0, -0.12))
    walls = _box(-0.74, -0.14, 0.74, 0.92)
    details = [
        ("pale", _box(-0.74, -0.06, 0.74, 0.92)),
        ("dark", _box(-0.52, 0.3, -0.12, 0.92)),
        ("dark", _box(0.14, 0.24, 0.52, 0.58)),
    ]
    return Figure([roof, walls], details=details)


def _moon() -> Figure:
    outer = _ellipse(0, 0, 1, 1, 55, 305)
    inner = _ellipse(0.52, 0, 0.82, 0.82, 268, 92)
    return Figure([np.concatenate([outer, inner]) - np.array([-0.15, 0])])


_FIGURES: dict[str, Callable[[], Figure]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": _ring,
    "heart": _heart,
    "teapot": _teapot,
    "fox": _fox,
    "robot": _robot,
    "tree": _tree,
    "house": _house,
    "moon": _moon,
}
