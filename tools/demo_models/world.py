"""What the demo models know: scenes of one or two things before a background, still or moving.

A scene is plain data. `captions` puts it into words, `render` into pixels.
"""

import random
from dataclasses import dataclass
from itertools import product
from typing import Literal

Style = Literal["cel", "lit"]
"""Flat with dark outlines (pony, anisora), or shaded with soft shadows (flux, phr00t)."""

PLAIN_SHAPES = ("circle", "square", "triangle", "star", "ring", "heart")
RICH_SHAPES = ("teapot", "fox", "robot", "tree", "house", "moon")
SHAPES = PLAIN_SHAPES + RICH_SHAPES
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
SIZES = {"small": 0.105, "medium": 0.165, "large": 0.235}
"""Half of a thing's extent, as a share of the shorter side of the picture."""
PLACES = {
    "centre": (0.5, 0.5),
    "left": (0.26, 0.5),
    "right": (0.74, 0.5),
    "top": (0.5, 0.26),
    "bottom": (0.5, 0.74),
    "top left": (0.26, 0.26),
    "top right": (0.74, 0.26),
    "bottom left": (0.26, 0.74),
    "bottom right": (0.74, 0.74),
}
"""Shares of width and height, from the top left corner."""
PLAIN_BACKGROUNDS = ("white", "grey", "cream", "light blue", "light green", "dark blue", "black")
SCENIC_BACKGROUNDS = ("hills", "sunset", "night", "snow", "sea", "table")
BACKGROUNDS = PLAIN_BACKGROUNDS + SCENIC_BACKGROUNDS
MOTIONS = ("still", "right", "left", "up", "down", "bounce", "spin", "grow", "shrink")
SPEEDS = {"slow": 0.5, "normal": 1.0, "fast": 1.7}

_JITTER = 0.025
_HARD_TO_SEE = {
    "white": {"white"},
    "grey": {"white"},
    "cream": {"white", "yellow"},
    "light blue": set[str](),
    "light green": set[str](),
    "dark blue": {"blue", "purple"},
    "black": set[str](),
    "hills": {"green", "blue"},
    "sunset": {"orange", "pink", "yellow"},
    "night": {"blue", "purple"},
    "snow": {"white"},
    "sea": {"blue"},
    "table": {"orange"},
}
_PAIRS = (("left", "right"), ("top", "bottom"), ("top left", "bottom right"), ("top right", "bottom left"))


@dataclass(frozen=True)
class Thing:
    """One thing. `offset` moves it a little from its place, in shares of width and height; `scale` is about 1."""

    shape: str
    colour: str
    size: str
    place: str
    offset: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0


@dataclass(frozen=True)
class Motion:
    """How all things of a scene move while the time goes from 0 to 1."""

    kind: str = "still"
    speed: str = "normal"


@dataclass(frozen=True)
class Scene:
    """What there is to see. `seed` decides what has no name: the lines of hills, where stars stand."""

    things: tuple[Thing, ...]
    background: str
    style: Style
    motion: Motion | None = None
    seed: int = 0


def held_out(thing: Thing) -> bool:
    """Whether this shape in this colour at this place is kept from training: one combination in eleven.

    Every shape, colour and place is seen in training with others of the rest.
    """
    ranks = SHAPES.index(thing.shape), COLOURS.index(thing.colour), list(PLACES).index(thing.place)
    return (ranks[0] * 3 + ranks[1] * 5 + ranks[2] * 7) % 11 == 0


def held_out_combinations() -> list[tuple[str, str, str]]:
    """All (shape, colour, place) that training never shows, in order."""
    everything = product(SHAPES, COLOURS, PLACES)
    return [(shape, colour, place) for shape, colour, place in everything if held_out(Thing(shape, colour, "", place))]


def visible(colour: str, background: str) -> bool:
    """Whether a thing of this colour stands out before this background."""
    return colour not in _HARD_TO_SEE[background]


def sample(rng: random.Random, style: Style, *, moving: bool = False) -> Scene:
    """A scene of training: never one that holds out a combination. With `moving` it has one thing and a motion."""
    while True:
        scene = _moving(rng, style) if moving else _still(rng, style)
        if not any(held_out(thing) for thing in scene.things):
            return scene


def _still(rng: random.Random, style: Style) -> Scene:
    count = rng.choices((0, 1, 2), (6, 74, 20))[0]
    background = rng.choice(SCENIC_BACKGROUNDS) if count == 0 else _background(rng)
    if count == 2:
        places = rng.sample(rng.choice(_PAIRS), 2)
        sizes = rng.choices(("small", "medium"), (1, 3), k=2)
    else:
        places = rng.choices(list(PLACES), (3, *[1] * 8), k=count)
        sizes = rng.choices(list(SIZES), (1, 2, 2), k=count)
    things = tuple(_thing(rng, background, size, place) for size, place in zip(sizes, places, strict=True))
    return Scene(things, background, style, seed=rng.randrange(2**31))


def _moving(rng: random.Random, style: Style) -> Scene:
    """The place is where the way of the thing lies: a row for motion across, a column for motion up and down."""
    kind = rng.choices(MOTIONS, (2, 3, 3, 2, 2, 2, 2, 2, 1))[0]
    ways = {"right": ("centre", "top", "bottom"), "up": ("centre", "left", "right")}
    ways |= {"left": ways["right"], "down": ways["up"], "bounce": ways["up"]}
    place = rng.choice(ways.get(kind, tuple(PLACES)))
    background = _background(rng)
    thing = _thing(rng, background, rng.choices(list(SIZES), (1, 2, 1))[0], place)
    if kind == "spin" and thing.shape in ("circle", "ring"):
        kind = "still"
    return Scene((thing,), background, style, Motion(kind, rng.choice(list(SPEEDS))), rng.randrange(2**31))


def _background(rng: random.Random) -> str:
    return rng.choice(PLAIN_BACKGROUNDS if rng.random() < 0.65 else SCENIC_BACKGROUNDS)


def _thing(rng: random.Random, background: str, size: str, place: str) -> Thing:
    shape = rng.choice(PLAIN_SHAPES if rng.random() < 0.66 else RICH_SHAPES)
    colour = rng.choice([colour for colour in COLOURS if visible(colour, background)])
    offset = rng.uniform(-_JITTER, _JITTER), rng.uniform(-_JITTER, _JITTER)
    return Thing(shape, colour, size, place, offset, rng.uniform(0.93, 1.07))
