"""Small Wan requests, drawn directly on the families."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from generation.engine.api import Stage
from generation.engine.pipelines import family_of
from generation.engine.pipelines.family import Preview, Variant
from generation.request import Request, parse

FIRST, SECOND = "a" * 64, "b" * 64
SIDE = 128
FRAMES = 17


def gradient(red: int) -> Image.Image:
    """A picture that is not square, so that it has to be cropped."""
    rows, columns = np.mgrid[0:200, 0:300]
    pixels = np.stack([np.full_like(rows, red), columns * 255 // 299, rows * 255 // 199], axis=-1)
    return Image.fromarray(pixels.astype(np.uint8))


PICTURES = {FIRST: gradient(230), SECOND: gradient(20)}
IMAGES: dict[str, dict[str, Any]] = {
    "text2video": {},
    "image2video": {"reference_image": FIRST},
    "first_last": {"first_frame": FIRST, "last_frame": SECOND},
    "arbitrary": {"keyframes": [{"frame_index": 0, "image": FIRST}, {"frame_index": 9, "image": SECOND}]},
}


def request(model: str, mode: str, side: int = SIDE, **values: Any) -> Request:
    """A valid request, then made smaller than people may ask for."""
    asked: dict[str, Any] = {"model": model, "mode": mode, "num_frames": FRAMES}
    asked |= {"prompt": "a fox dances in the snow", "seed": 7}
    return parse(asked | IMAGES[mode] | values).replacing(width=side, height=side)


def draw(
    pipe: Any,
    asked: Request,
    stepped: Callable[[int, int, Preview | None], None] = lambda step, steps, preview: None,
    stage: Callable[[Stage], None] = lambda stage: None,
) -> np.ndarray:
    family = family_of(asked.model)
    variant = Variant(asked, asked["seed"], PICTURES.__getitem__, stage, stepped)
    return family.draw(pipe, variant, family.encode(pipe, asked))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())
