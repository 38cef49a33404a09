"""How much of its texts a model would read, told by its tokenizer alone: transformers needs no torch for that."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from generation.catalogue import Model
from generation.engine import weights
from generation.engine.api import WeightsMissing
from generation.engine.tokens import Count, Reading, counter, flux_readings, scored_readings, wan_readings

_READERS: dict[str, tuple[str, Callable[[Count, Mapping[str, Any]], dict[str, Reading]]]] = {
    "flux": ("tokenizer_2", flux_readings),
    "wan_keyframes": ("tokenizer", scored_readings),
    "wan_vace": ("tokenizer", wan_readings),
}
"""The families whose text encoder cuts, with the folder of its tokenizer. SDXL reads everything, chunk by chunk."""

_INDEX = "model_index.json"

log = logging.getLogger(__name__)


def tokenizer_folder(model: Model, models_dir: Path, demo_dir: Path) -> Path | None:
    """The tokenizer that the engine would use; None where all is read, or where this machine has no such files."""
    if model.family not in _READERS:
        return None
    try:
        found = weights.find(model, models_dir) or weights.find(model, demo_dir, demo=True)
    except WeightsMissing:
        return None
    if found is None:
        return None
    folder = (found.config or found.path) / _READERS[model.family][0]
    return folder if (folder / "tokenizer.json").is_file() else None


def readings(model: Model, values: Mapping[str, Any], folder: Path) -> dict[str, Reading]:
    """By the id of each text that is given; nothing where the tokenizer in `folder` cannot be read."""
    count = _count(folder, (folder / "tokenizer.json").stat().st_mtime_ns)
    return _READERS[model.family][1](count, values) if count else {}


@lru_cache(maxsize=4)
def _count(folder: Path, changed: int) -> Count | None:
    """Kept as long as the file stays as it is: a large one takes a second to read.

    The class is the one that diffusers takes: some classes make their rules anew instead of reading them.
    """
    import transformers  # takes a second too, and many processes never need it

    try:
        _, kind = json.loads((folder.parent / _INDEX).read_text(encoding="utf-8"))[folder.name]
        return counter(getattr(transformers, kind).from_pretrained(folder, local_files_only=True))
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        log.warning("The tokenizer in %s cannot be read: %s", folder, error)
        return None
