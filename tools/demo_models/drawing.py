"""Pictures by the engine itself, from exported weights: the way that people get them."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from generation.engine.engine import Engine
from generation.request import parse

_NO_PICTURE = Image.new("RGB", (1, 1))


def drawer(engine: Engine, model_id: str) -> Callable[..., np.ndarray]:
    """Draws (height, width, 3) uint8 of a prompt with the catalogue's defaults at 512², but for what is given."""

    def draw(prompt: str, *, picture: Image.Image = _NO_PICTURE, **changes: Any) -> np.ndarray:
        asked = {"model": model_id, "mode": "text2image", "prompt": prompt, "width": 512, "height": 512, "seed": 1}
        if picture is not _NO_PICTURE:
            asked |= {"mode": "image2image", "reference_image": "0" * 64}
        with TemporaryDirectory() as folder:
            (result,) = engine.run(
                parse(asked | changes),
                picture=lambda sha256: picture,
                out_dir=Path(folder),
                on_progress=lambda progress: None,
                should_stop=lambda: False,
            )
            return np.asarray(Image.open(result.path).convert("RGB"))

    return draw
