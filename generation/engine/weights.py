"""Which weights a model has on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generation.catalogue import Model


@dataclass(frozen=True)
class Weights:
    """Weights of one model, found on disk.

    `path` is a folder in the diffusers layout, or one `.safetensors` file. A single file says nothing of shapes and
    tokenizers: `config` is then a folder in the diffusers layout that does (its own weights, if any, fill in what the file
    lacks). `demo` tells that these are the small models that ship with the project.
    """

    model: Model
    path: Path
    layout: Literal["diffusers", "single_file"]
    config: Path | None = None
    demo: bool = False
