"""Shapes of pictures for style sheets. No style stands in a page: a shape is one of some steps, each with its rule."""

import math

PER_OCTAVE = 48
"""A step is 1.5 % wide: what a picture loses at its edges to the nearest step is less than a pixel in 130."""
WIDEST = 2 * PER_OCTAVE
"""From 1 : 4 to 4 : 1; what is longer shows its middle."""


def step(width: int, height: int) -> int:
    return max(-WIDEST, min(WIDEST, round(PER_OCTAVE * math.log2(width / height))))


def ratio(step: int) -> float:
    return 2 ** (step / PER_OCTAVE)


def stylesheet() -> str:
    """What stands in `static/css/ratios.css`."""
    rules = [f'[data-ratio="{each}"]{{--ratio:{ratio(each):.4g}}}' for each in range(-WIDEST, WIDEST + 1)]
    return "/* The shapes of gallery/ratios.py. */\n" + "\n".join(rules) + "\n"
