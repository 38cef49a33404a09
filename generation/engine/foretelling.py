"""How much of its texts a model would read, told by its tokenizer file alone: without torch, and without its networks."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from generation.catalogue import Model
from generation.engine import weights
from generation.engine.api import WeightsMissing
from generation.engine.tokens import Count, Reading, flux_readings, scored_readings, wan_readings

_READERS: dict[str, tuple[str, Callable[[Count, Mapping[str, Any]], dict[str, Reading]]]] = {
    "flux": ("tokenizer_2", flux_readings),
    "wan_keyframes": ("tokenizer", scored_readings),
    "wan_vace": ("tokenizer", wan_readings),
}
"""The families whose text encoder cuts, with the folder of its tokenizer. SDXL reads everything, chunk by chunk."""


def tokenizer_file(model: Model, models_dir: Path, demo_dir: Path) -> Path | None:
    """The tokenizer that the engine would use; None where all is read, or where this machine has no such file."""
    if model.family not in _READERS:
        return None
    try:
        found = weights.find(model, models_dir) or weights.find(model, demo_dir, demo=True)
    except WeightsMissing:
        return None
    if found is None:
        return None
    folder, _ = _READERS[model.family]
    file = (found.config or found.path) / folder / "tokenizer.json"
    return file if file.is_file() else None


def readings(model: Model, values: Mapping[str, Any], file: Path) -> dict[str, Reading]:
    """By the id of each text that is given. `file` comes from `tokenizer_file`."""
    _, read = _READERS[model.family]
    return read(partial(_count, _tokenizer(file, file.stat().st_mtime_ns)), values)


@lru_cache(maxsize=4)
def _tokenizer(file: Path, changed: int) -> Tokenizer:
    """Kept as long as the file stays as it is: a large one takes a second to read."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _count(tokenizer: Tokenizer, text: str) -> int:
    return len(tokenizer.encode(text).ids)
