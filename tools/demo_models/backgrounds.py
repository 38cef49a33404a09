"""What lies behind the things: plain colours and small landscapes."""

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from .world import Style

Colour = tuple[int, int, int]
_PLAIN: dict[str, Colour] = {
    "white": (250, 249, 246),
    "grey": (168, 172, 180),
    "cream": (250, 234, 202),
    "light blue": (186, 222, 244),
    "light green": (198, 234, 202),
    "dark blue": (36, 42, 84),
    "black": (30, 29, 34),
}
_FINER = 2
_LIGHT = (1.06, 0.8)
"""How bright the lit style is where the light comes from, and in the opposite corner."""


def background(name: str, style: Style, seed: int, width: int, height: int) -> Image.Image:
    if name in _PLAIN:
        picture = Image.new("RGB", (width, height), _PLAIN[name])
    else:
        picture = Image.new("RGB", (width * _FINER, height * _FINER))
        _LANDSCAPES[name](ImageDraw.Draw(picture), random.Random(seed), *picture.size)
        picture = picture.reduce(_FINER)
    return picture if style == "cel" else _lit(picture)


def _lit(picture: Image.Image) -> Image.Image:
    """Light from the top left."""
    rows, columns = np.mgrid[0:1:64j, 0:1:64j]
    bright, dim = _LIGHT
    light = bright - (bright - dim) * (rows * 0.65 + columns * 0.35) ** 1.3
    width, height = picture.size
    field = Image.fromarray(light.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    shaded = np.asarray(picture, dtype=np.float32) * np.asarray(field)[..., np.newaxis]
    return Image.fromarray(shaded.clip(0, 255).astype(np.uint8))


def _sky(draw: ImageDraw.ImageDraw, width: int, height: int, *bands: Colour) -> None:
    """Bands from the top down."""
    for index, colour in enumerate(bands):
        draw.rectangle((0, height * index // len(bands), width, height), fill=colour)


def _ridge(
    draw: ImageDraw.ImageDraw, rng: random.Random, size: tuple[int, int], level: float, swing: float, colour: Colour
) -> None:
    """A soft line of hills at `level` of the height, and all below it."""
    width, height = size
    waves = [(rng.uniform(0.6, 1.6), rng.uniform(0, 2 * math.pi), rng.uniform(0.5, 1)) for _ in range(2)]
    line = [
        (x, height * (level + swing * sum(a * math.sin(2 * math.pi * f * x / width + p) for f, p, a in waves) / 2))
        for x in range(0, width + 16, 16)
    ]
    draw.polygon([*line, (width + 16, height), (0, height)], fill=colour)


def _cloud(draw: ImageDraw.ImageDraw, x: float, y: float, unit: float, colour: Colour) -> None:
    for dx, dy, r in ((-0.9, 0.15, 0.5), (0, 0, 0.75), (0.9, 0.15, 0.5)):
        draw.ellipse((x + unit * (dx - r), y + unit * (dy - r), x + unit * (dx + r), y + unit * (dy + r)), fill=colour)


def _hills(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int) -> None:
    _sky(draw, width, height, (150, 208, 244))
    for _ in range(2):
        x, y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.08, 0.22) * height
        _cloud(draw, x, y, 0.06 * min(width, height), (246, 250, 252))
    _ridge(draw, rng, (width, height), 0.55, 0.05, (140, 200, 120))
    _ridge(draw, rng, (width, height), 0.74, 0.05, (98, 172, 92))


def _sunset(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int) -> None:
    _sky(draw, width, height, (250, 178, 120), (250, 178, 120), (253, 206, 140), (253, 206, 140))
    x, y, radius = rng.uniform(0.25, 0.75) * width, 0.56 * height, 0.1 * min(width, height)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 240, 190))
    _ridge(draw, rng, (width, height), 0.6, 0.04, (176, 98, 120))
    _ridge(draw, rng, (width, height), 0.77, 0.05, (112, 66, 104))


def _night(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int) -> None:
    _sky(draw, width, height, (34, 40, 88))
    for _ in range(7):
        x, y = rng.uniform(0.03, 0.97) * width, rng.uniform(0.03, 0.6) * height
        radius = rng.uniform(0.008, 0.013) * min(width, height)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(250, 244, 210))
    _ridge(draw, rng, (width, height), 0.72, 0.05, (30, 62, 84))
    _ridge(draw, rng, (width, height), 0.84, 0.04, (22, 44, 64))


def _snow(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int) -> None:
    _sky(draw, width, height, (178, 214, 240))
    for x, top in ((rng.uniform(0.15, 0.4), 0.2), (rng.uniform(0.6, 0.85), 0.28)):
        x, half, base = x * width, 0.36 * width, 0.75
        draw.polygon([(x, top * height), (x + half, base * height), (x - half, base * height)], fill=(126, 146, 180))
        share = 0.32
        foot = (top + (base - top) * share) * height
        cap = [(x, top * height), (x + half * share, foot), (x - half * share, foot)]
        draw.polygon(cap, fill=(250, 252, 255))
    _ridge(draw, rng, (width, height), 0.7, 0.03, (244, 248, 252))


def _sea(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int) -> None:
    _sky(draw, width, height, (190, 226, 246))
    draw.rectangle((0, 0.5 * height, width, height), fill=(74, 156, 204))
    _ridge(draw, rng, (width, height), 0.8, 0.02, (246, 224, 170))


def _table(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int) -> None:
    _sky(draw, width, height, (252, 240, 214))
    level = rng.uniform(0.58, 0.66) * height
    draw.rectangle((0, level, width, height), fill=(186, 132, 86))
    draw.rectangle((0, level, width, level + 0.035 * height), fill=(150, 102, 66))


_LANDSCAPES: dict[str, Callable[[ImageDraw.ImageDraw, random.Random, int, int], None]] = {
    "hills": _hills,
    "sunset": _sunset,
    "night": _night,
    "snow": _snow,
    "sea": _sea,
    "table": _table,
}
