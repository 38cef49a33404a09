"""The fixed questions of the image models: combinations of shape, colour and place that training never showed.

Each is one prompt and what a picture of it must show, by the words of `judge`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from .judge import find
from .words import RUSSIAN
from .world import PLAIN_BACKGROUNDS, PLAIN_SHAPES, held_out_combinations, visible

QUESTIONS = 66
PASS_MARKS = {"colour": 0.95, "shape": 0.85, "place": 0.90}
_PALE = ("cream", "light blue", "light green")
_SIZES = ("large", "medium", "large", "small", "medium")
_ENGLISH_PLACES = {
    "centre": "in the centre",
    "left": "on the left",
    "right": "on the right",
    "top": "at the top",
    "bottom": "at the bottom",
    "top left": "in the top left corner",
    "top right": "in the top right corner",
    "bottom left": "in the bottom left corner",
    "bottom right": "in the bottom right corner",
}


@dataclass(frozen=True)
class Question:
    prompt: str
    colour: str
    shape: str
    place: str
    size: str
    seed: int


def questions() -> list[Question]:
    """Every held-out combination of a plain shape, in English; then again in Russian, up to the number."""
    return [question for question, _ in zip(_questions(), range(QUESTIONS), strict=False)]


def marks(draw: Callable[[Question], np.ndarray]) -> dict[str, float]:
    """The share of questions whose picture, (height, width, 3) uint8, shows the right colour, shape, place and size."""
    right: Counter[str] = Counter()
    asked = questions()
    for question in asked:
        found = find(draw(question))
        for name in ("colour", "shape", "place", "size"):
            right[name] += found is not None and getattr(found, name) == getattr(question, name)
    return {name: right[name] / len(asked) for name in ("colour", "shape", "place", "size")}


def _questions() -> Iterator[Question]:
    backgrounds, sizes = cycle(PLAIN_BACKGROUNDS), cycle(_SIZES)
    combinations = [each for each in held_out_combinations() if each[0] in PLAIN_SHAPES]
    for seed, (word, (shape, colour, place)) in enumerate(
        (word, combination) for word in (_english, _russian) for combination in combinations
    ):
        background = next(each for each in backgrounds if _stands_out(colour, each))
        size = next(sizes)
        yield Question(word(shape, colour, place, size, background), colour, shape, place, size, seed)


def _stands_out(colour: str, background: str) -> bool:
    return visible(colour, background) and not (colour == "white" and background in _PALE)


def _english(shape: str, colour: str, place: str, size: str, background: str) -> str:
    return f"a {size} {colour} {shape} {_ENGLISH_PLACES[place]} on a {background} background"


def _russian(shape: str, colour: str, place: str, size: str, background: str) -> str:
    noun = RUSSIAN.nouns[shape][0]
    adjectives = (RUSSIAN.adjective(words[0], noun) for words in (RUSSIAN.sizes[size], RUSSIAN.colours[colour]))
    return f"{' '.join(adjectives)} {noun.text} {RUSSIAN.places[place][0]} {RUSSIAN.backgrounds[background][0]}"
