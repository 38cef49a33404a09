"""Which LoRAs lie beside the weights. No torch: whoever shows a form lists them too.

Those of a model stand in `<models>/loras/<model id>/` and the folders below it, and a LoRA is called as its file
without `.safetensors`. Where a network is two experts, a file changes both, unless its name says whose it is:
`ink.high` and `ink.low`, `ink_high_noise` and `ink_low_noise` are the two halves of `ink`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generation.catalogue import Loras, Model, models
from generation.engine.formats import EXPERTS, FORMATS

FOLDER = "loras"
WHOLE = ""
"""Stands for every component that a file has something for."""

_EXPERT = re.compile(r"[ ._-]*(high|low)[ ._-]?noise(?![^\W_])|[._-](high|low)$", re.IGNORECASE)


@dataclass(frozen=True)
class Lora:
    """One name that can be asked for. `files` are by the component of the pipeline that they are for, or WHOLE."""

    name: str
    files: Mapping[str, Path]


def available(models_dir: Path) -> dict[str, list[str]]:
    """The names of all LoRAs by the id of the model they are for; a model without one has an empty list."""
    return {model.id: sorted(find(model, models_dir), key=str.casefold) for model in models().values()}


def folder(model: Model, models_dir: Path) -> Path:
    """Where the LoRAs of a model belong."""
    return models_dir / FOLDER / model.id


def find(model: Model, models_dir: Path) -> dict[str, Lora]:
    """The LoRAs of a model by name. Of two files with one name, that nearer to the top counts.

    Hidden files, and those whose names could not stand in a form or a prompt, are passed over.
    """
    top = folder(model, models_dir)
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(top.rglob("*.safetensors"), key=lambda path: (len(path.parts), path)):
        hidden = any(part.startswith(".") for part in path.relative_to(top).parts)
        name, component = _meant(model, path.stem)
        if path.is_file() and not hidden and Loras.is_name(name):
            found.setdefault(name, {}).setdefault(component, path)
    return {name: Lora(name, {WHOLE: files[WHOLE]} if WHOLE in files else files) for name, files in found.items()}


def _meant(model: Model, stem: str) -> tuple[str, str]:
    """The LoRA that a file belongs to, and the component that it is for."""
    half = _EXPERT.search(stem) if FORMATS[model.family].experts else None
    if half is None:
        return stem, WHOLE
    return (stem[: half.start()] + stem[half.end() :]).strip(" ._-"), EXPERTS[f"{(half[1] or half[2]).lower()}_noise"]
