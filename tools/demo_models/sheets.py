"""Sample sheets: a dozen prompts, drawn by the engine at its defaults.

    python -m tools.demo_models.sheets pony|flux FILE [--weights FOLDER]

`FOLDER` holds exported models by their ids; without it, those that ship are drawn.
"""

import argparse
import math
from pathlib import Path

from PIL import Image

from generation.engine.demo import SHIPPED
from generation.engine.engine import Engine
from generation.engine.options import Options

from . import FOLDER
from .drawing import drawer

PROMPTS = (
    "a large red circle in the centre on a white background",
    "a blue star in the top left corner, cream background",
    "a small green heart at the bottom right on a light blue background",
    "a yellow triangle on the left and a purple square on the right, grey background",
    "a pink ring above a blue circle on a white background",
    "a copper teapot on a sunny table, steam rising, soft morning light",
    "an orange fox in the snow",
    "a large red robot in front of green hills",
    "a white moon at night, starry sky",
    "a small house by the sea at the bottom left",
    "большое розовое сердце в центре на чёрном фоне",
    "зелёное дерево справа на закате",
)
_SIDE, _COLUMNS = 256, 6


def sheet(model_id: str, engine: Engine) -> Image.Image:
    draw = drawer(engine, model_id)
    whole = Image.new("RGB", (_SIDE * _COLUMNS, _SIDE * math.ceil(len(PROMPTS) / _COLUMNS)))
    for index, prompt in enumerate(PROMPTS):
        row, column = divmod(index, _COLUMNS)
        small = Image.fromarray(draw(prompt)).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
        whole.paste(small, (column * _SIDE, row * _SIDE))
    return whole


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("model", choices=("pony", "flux"))
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--weights", type=Path, default=SHIPPED)
    options = arguments.parse_args()
    engine = Engine(options.weights, FOLDER / "nothing", Options(device="cpu"))
    sheet(options.model, engine).save(options.file, quality=85)


if __name__ == "__main__":
    main()
