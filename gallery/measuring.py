"""How near two pictures, or two videos frame by frame, come to each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MOST_DB = 100.0
"""Stands for the infinite PSNR of equal frames, so that a mean over frames stays a number."""
AMPLIFIED = 8

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Nearness:
    """PSNR in dB, the mean over all frames and that of the worst frame, which is counted from 0."""

    psnr: float
    worst: float
    worst_frame: int


class Unlike(ValueError):
    """Of another size, or of another number of frames: there is nothing to compare pixel by pixel."""


def nearness(one: Iterable[Image.Image], other: Iterable[Image.Image]) -> Nearness:
    """Raises Unlike."""
    values = [psnr(*pair) for pair in _pairs(one, other)]
    if not values:
        raise Unlike("no frames")
    worst = min(range(len(values)), key=values.__getitem__)
    return Nearness(sum(values) / len(values), values[worst], worst)


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal-to-noise ratio of 8-bit pixels in dB: 10 · log10(255² / mean squared error), at most MOST_DB."""
    error = float(np.mean(np.square(one.astype(np.int32) - other)))
    return MOST_DB if error == 0 else min(MOST_DB, float(10 * np.log10(255**2 / error)))


def difference(one: Image.Image, other: Image.Image) -> Image.Image:
    """The absolute difference of every pixel, AMPLIFIED times as bright: black where both are the same. Raises
    Unlike."""
    pixels, others = next(_pairs([one], [other]))
    apart = np.abs(pixels.astype(np.int16) - others) * AMPLIFIED
    return Image.fromarray(np.minimum(apart, 255).astype(np.uint8))


def _pairs(one: Iterable[Image.Image], other: Iterable[Image.Image]) -> Iterator[tuple[Pixels, Pixels]]:
    for picture, beside in zip_longest(one, other):
        if picture is None or beside is None:
            raise Unlike("another number of frames")
        if picture.size != beside.size:
            raise Unlike("another size")
        yield np.asarray(picture.convert("RGB")), np.asarray(beside.convert("RGB"))
