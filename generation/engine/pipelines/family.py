"""What every family of pipelines offers to the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from diffusers import DiffusionPipeline
from PIL import Image

from generation.engine.api import Stage
from generation.engine.cache import Remember, anew
from generation.engine.tokens import Reading
from generation.request import Request

Preview = Callable[[], Image.Image]


@dataclass(frozen=True)
class Variant:
    """One variant of a request, and how a family reports on it.

    `picture` gives a reference image by its hash: upright RGB in its own size. `stage` tells what begins now.
    `stepped(step, steps, preview)` tells that a call of the sampler's model ended, the `step`th of `steps`; both raise
    Stopped when the caller asked to stop.
    """

    request: Request
    seed: int
    picture: Callable[[str], Image.Image]
    stage: Callable[[Stage], None]
    stepped: Callable[[int, int, Preview | None], None]


class Family(Protocol):
    """One family of models. A family holds no state: what is warm lives in the pipeline that residency keeps."""

    pipeline_class: type[DiffusionPipeline]

    def encode(self, pipe: Any, request: Request, remember: Remember = anew) -> Any:
        """What `draw` reads of prompt and negative prompt, shared by all variants of the request."""

    def read(self, pipe: Any, request: Request) -> Mapping[str, Reading]:
        """What became of the texts, by the id of the parameter. Nothing waits for it."""

    def draw(self, pipe: Any, variant: Variant, embeddings: Any) -> np.ndarray:
        """The finished pixels: uint8, (frames, height, width, 3); one frame for an image."""
