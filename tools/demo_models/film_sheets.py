"""Sample sheets of the video models: a row of frames for each of a few prompts, filmed by the engine at its defaults.

    python -m tools.demo_models.film_sheets anisora|phr00t FILE [--weights FOLDER]

`FOLDER` holds exported models by their ids; without it, those that ship are filmed.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from generation.engine.demo import SHIPPED
from generation.engine.engine import Engine
from generation.engine.options import Options

from . import FOLDER
from .filming import filmer

PROMPTS = (
    "a large red circle in the centre moves from left to right on a white background",
    "a blue star at the top moves to the left fast on a black background",
    "a green heart in the centre moves up on a cream background",
    "a large yellow triangle on the left bounces on a grey background",
    "a purple square in the centre grows on a white background",
    "an orange fox moves to the right slowly in the snow",
    "a large white teapot spins on a wooden table",
    "розовое сердце в центре уменьшается на чёрном фоне",
)
_SIDE, _COLUMNS = 160, 6


def sheet(model_id: str, engine: Engine) -> Image.Image:
    film = filmer(engine, model_id)
    return Image.fromarray(np.concatenate([_row(film(prompt)) for prompt in PROMPTS]))


def _row(frames: list[np.ndarray]) -> np.ndarray:
    chosen = np.linspace(0, len(frames) - 1, _COLUMNS).round().astype(int)
    small = (Image.fromarray(frames[index]).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS) for index in chosen)
    return np.concatenate([np.asarray(picture) for picture in small], axis=1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", choices=("anisora", "phr00t"))
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--weights", type=Path, default=SHIPPED)
    options = arguments.parse_args()
    engine = Engine(options.weights, FOLDER / "nothing", Options(device="cpu"))
    sheet(options.model, engine).save(options.file, quality=85)


if __name__ == "__main__":
    main()
