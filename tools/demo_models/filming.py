"""Videos by the engine itself, from exported weights, as people get them: encoded, and decoded again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from PIL import Image

from generation.engine.engine import Engine
from generation.request import parse

Frames = list[np.ndarray]


def filmer(engine: Engine, model_id: str) -> Callable[..., Frames]:
    """Films a prompt with the catalogue's defaults at 512², but for what is given: frames (height, width, 3) uint8.

    `pictures` are what the request names by these hashes.
    """

    def film(prompt: str, *, pictures: Mapping[str, Image.Image] | None = None, **changes: Any) -> Frames:
        asked = {"model": model_id, "mode": "text2video", "prompt": prompt, "width": 512, "height": 512, "seed": 1}
        with TemporaryDirectory() as folder:
            (result,) = engine.run(
                parse(asked | changes),
                picture=lambda sha256: (pictures or {})[sha256],
                out_dir=Path(folder),
                on_progress=lambda progress: None,
                should_stop=lambda: False,
            )
            with av.open(str(result.path)) as video:
                return [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]

    return film
