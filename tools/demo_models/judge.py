"""Says what a picture shows, by its pixels alone: it shares no code, palette or outline with what draws the world.

It finds the largest thing before a background that is plain or changes evenly, and names its colour by the nearest of
eight common ones, its shape by the ideal silhouette that overlaps most, and its place by thirds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

_COLOURS = {
    "red": (220, 40, 40),
    "orange": (250, 140, 30),
    "yellow": (250, 210, 40),
    "green": (50, 165, 80),
    "blue": (45, 100, 220),
    "purple": (135, 70, 195),
    "pink": (250, 140, 190),
    "white": (245, 245, 245),
}
_SIDE = 256
_BORDER = 0.05
_CHROMA, _BRIGHTER, _INK = 0.05, 0.12, 0.4
"""How far a pixel must be from the background: in chroma, in lightness above it, or below it as only ink is."""
_LEAST = 0.004
_GRID = 48
_RING_HOLES = (0.35, 0.5, 0.65)
_LOW, _HIGH = 0.38, 0.62
_SMALL, _MEDIUM = 0.26, 0.39


@dataclass(frozen=True)
class Finding:
    """`x`, `y`: the middle of the thing, as shares of the picture. `extent`: its larger side, of the shorter one."""

    colour: str
    shape: str
    place: str
    size: str
    x: float
    y: float
    extent: float


def find(pixels: np.ndarray) -> Finding | None:
    """What (height, width, 3) uint8 shows; None if there is nothing but background."""
    picture = Image.fromarray(pixels)
    scale = _SIDE / min(picture.size)
    width, height = (round(side * scale) for side in picture.size)
    lab = oklab(np.asarray(picture.resize((width, height), Image.Resampling.BOX), dtype=np.float64) / 255)
    mask = _largest(_foreground(lab))
    if mask is None:
        return None
    rows, columns = np.nonzero(mask)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    x, y = (left + right) / 2 / width, (top + bottom) / 2 / height
    extent = max(bottom - top, right - left) / _SIDE
    return Finding(
        colour=_colour(lab, mask),
        shape=_shape(mask[top:bottom, left:right]),
        place=_place(x, y),
        size="small" if extent < _SMALL else "medium" if extent < _MEDIUM else "large",
        x=x,
        y=y,
        extent=extent,
    )


def share_of(pixels: np.ndarray, colour: str) -> float:
    """How much of a picture is nearer to this colour than to the others, and not too pale or dark to be any."""
    lab = oklab(np.asarray(pixels, dtype=np.float64) / 255)
    vivid = np.hypot(lab[..., 1], lab[..., 2]) > 0.09
    return float((vivid & (_nearest(lab) == list(_COLOURS).index(colour))).mean())


def oklab(rgb: np.ndarray) -> np.ndarray:
    """sRGB in 0 … 1, (…, 3), to lightness and two axes of colour. https://bottosson.github.io/posts/oklab/"""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [[0.4122214708, 0.2119034982, 0.0883024619], [0.5363325363, 0.6806995451, 0.2817188376],
         [0.0514459929, 0.1073969566, 0.6299787005]]
    )  # fmt: skip
    return np.cbrt(cones) @ np.array(
        [[0.2104542553, 1.9779984951, 0.0259040371], [0.7936177850, -2.4285922050, 0.7827717662],
         [-0.0040720468, 0.4505937099, -0.8086757660]]
    )  # fmt: skip


def _foreground(lab: np.ndarray) -> np.ndarray:
    """What differs from the background, which is taken to change evenly between the borders; shadows do not count."""
    away = lab - _background(lab)
    chroma = np.hypot(away[..., 1], away[..., 2])
    return (chroma > _CHROMA) | (away[..., 0] > _BRIGHTER) | (away[..., 0] < -_INK)


def _background(lab: np.ndarray) -> np.ndarray:
    """A plane through the pixels of the border, without those that stand out from it."""
    height, width, _ = lab.shape
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    terms = np.stack([np.ones_like(rows), rows, columns], axis=-1)
    nearest = np.minimum(np.minimum(rows, 1 - rows), np.minimum(columns, 1 - columns))
    chosen = nearest < _BORDER
    for _ in range(3):
        plane, *_rest = np.linalg.lstsq(terms[chosen], lab[chosen], rcond=None)
        off = np.linalg.norm(lab - terms @ plane, axis=-1)
        chosen = (nearest < _BORDER) & (off <= np.quantile(off[nearest < _BORDER], 0.7) + 1e-9)
    return terms @ plane


def _largest(mask: np.ndarray) -> np.ndarray | None:
    opened = ndimage.binary_opening(mask, iterations=1)
    labels, count = ndimage.label(opened)
    if not count:
        return None
    sizes = ndimage.sum_labels(opened, labels, range(1, count + 1))
    if sizes.max() < _LEAST * mask.size:
        return None
    return labels == 1 + int(np.argmax(sizes))


def _colour(lab: np.ndarray, mask: np.ndarray) -> str:
    """The median of the inside, without ink."""
    inside = ndimage.binary_erosion(mask, iterations=2)
    values = lab[inside if inside.any() else mask]
    painted = values[values[:, 0] > 0.4]
    return list(_COLOURS)[int(_nearest(np.median(painted if len(painted) else values, axis=0)))]


def _nearest(lab: np.ndarray) -> np.ndarray:
    """Index of the nearest named colour; lightness, which light and shadow change, counts for less."""
    weights = np.array([0.5, 1, 1])
    names = oklab(np.array(list(_COLOURS.values())) / 255)
    return np.linalg.norm((lab[..., np.newaxis, :] - names) * weights, axis=-1).argmin(axis=-1)


def _shape(mask: np.ndarray) -> str:
    """The ideal silhouette, stretched to the same box, with the largest share of overlap."""
    seen = np.asarray(Image.fromarray(mask).resize((_GRID, _GRID), Image.Resampling.NEAREST))
    overlaps = {name: max(_overlap(seen, ideal) for ideal in ideals) for name, ideals in _ideals().items()}
    return max(overlaps, key=lambda name: overlaps[name])


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


@cache
def _ideals() -> dict[str, list[np.ndarray]]:
    return {
        "circle": [_drawn(lambda draw, s: draw.ellipse((0, 0, s, s), fill=1))],
        "square": [_drawn(lambda draw, s: draw.rectangle((0, 0, s, s), fill=1))],
        "triangle": [_drawn(lambda draw, s: draw.polygon([(s / 2, 0), (s, s), (0, s)], fill=1))],
        "star": [_stretched(_drawn(_star))],
        "ring": [_drawn(_ring(hole)) for hole in _RING_HOLES],
        "heart": [_stretched(_drawn(_heart))],
    }


def _drawn(draw: Callable[[ImageDraw.ImageDraw, int], None]) -> np.ndarray:
    canvas = Image.new("1", (_GRID * 4, _GRID * 4))
    draw(ImageDraw.Draw(canvas), _GRID * 4 - 1)
    return np.asarray(canvas.resize((_GRID, _GRID), Image.Resampling.NEAREST))


def _stretched(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    cut = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return np.asarray(Image.fromarray(cut).resize((_GRID, _GRID), Image.Resampling.NEAREST))


def _star(draw: ImageDraw.ImageDraw, side: int) -> None:
    middle = side / 2
    angles = np.radians(-90 + 36 * np.arange(10))
    radii = np.where(np.arange(10) % 2 == 0, 1, 0.42) * middle
    draw.polygon([(middle + r * np.cos(a), middle + r * np.sin(a)) for a, r in zip(angles, radii, strict=True)], fill=1)


def _ring(hole: float) -> Callable[[ImageDraw.ImageDraw, int], None]:
    def draw(canvas: ImageDraw.ImageDraw, side: int) -> None:
        rim = side * (1 - hole) / 2
        canvas.ellipse((0, 0, side, side), fill=1)
        canvas.ellipse((rim, rim, side - rim, side - rim), fill=0)

    return draw


def _heart(draw: ImageDraw.ImageDraw, side: int) -> None:
    """Two round lobes over a wedge that touches them."""
    draw.ellipse((0, 0, side * 0.53, side * 0.53), fill=1)
    draw.ellipse((side * 0.47, 0, side, side * 0.53), fill=1)
    draw.polygon([(side * 0.045, side * 0.4), (side * 0.955, side * 0.4), (side / 2, side * 0.95)], fill=1)


def _place(x: float, y: float) -> str:
    down = "top" if y < _LOW else "bottom" if y > _HIGH else ""
    across = "left" if x < _LOW else "right" if x > _HIGH else ""
    return " ".join(word for word in (down, across) if word) or "centre"
