"""What every family of pipelines offers to the engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from diffusers import DiffusionPipeline
from PIL import Image

from generation.engine.api import Stage
from generation.request import Request

Preview = Callable[[], Image.Image]


@dataclass(frozen=True)
class Variant:
    """One variant of a request, and how a family reports on it.

    `picture` gives a reference image by its hash: upright RGB in its own size. `stage` tells what begins now.
    `stepped(step, steps, preview)` tells that a denoising step ended; both raise Stopped when the caller asked to stop.
    """

    request: Request
    seed: int
    picture: Callable[[str], Image.Image]
    stage: Callable[[Stage], None]
    stepped: Callable[[int, int, Preview | None], None]


class Family(Protocol):
    """One family of models. A family holds no state: what is warm lives in the pipeline that residency keeps."""

    pipeline_class: type[DiffusionPipeline]

    def encode(self, pipe: Any, request: Request) -> Any:
        """The embeddings of prompt and negative prompt, shared by all variants of the request."""

    def draw(self, pipe: Any, variant: Variant, embeddings: Any) -> np.ndarray:
        """The finished pixels: uint8, (frames, height, width, 3); one frame for an image."""
