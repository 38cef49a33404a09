"""Which weights a model has on this machine, and whether they are still what they were.

A model's weights stand in `<models>/<model id>/`, in one of three layouts:

    diffusers     model_index.json, with a folder for each component
    single_file   one .safetensors, and beside it config/: a diffusers folder with what the file does not say
    experts       high_noise_model/ and low_noise_model/ (or one of them) with the .safetensors shards of the two
                  experts of Wan 2.2 as their authors publish them, and config/ as above

`source.json` beside them says where they came from, with the SHA-256 of every file when they were installed.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from generation.catalogue import Model
from generation.engine.api import WeightsMissing
from generation.engine.formats import FORMATS, find_experts

Layout = Literal["diffusers", "single_file", "experts"]
MANIFEST = "source.json"
CONFIG = "config"
_CACHE = ".hashes.json"


@dataclass(frozen=True)
class Weights:
    """Weights of one model, found on disk.

    `path` is one `.safetensors` file in the layout single_file, a folder in the others. Native files say nothing of
    shapes and tokenizers: `config` is then a folder in the diffusers layout that does (its own weights, if any, fill in
    what the files lack). `demo` tells that these are the small models that ship with the project.
    """

    model: Model
    path: Path
    layout: Layout
    config: Path | None = None
    demo: bool = False

    @property
    def folder(self) -> Path:
        """The model's own folder, which holds all of its files."""
        return self.path.parent if self.layout == "single_file" else self.path

    @property
    def files(self) -> list[str]:
        """Every file that the weights consist of, relative to the folder, in order."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        names = (path.relative_to(self.folder) for path in paths)
        return sorted(name.as_posix() for name in names if name.as_posix() not in (MANIFEST, _CACHE))

    @property
    def size(self) -> int:
        """All files together, in bytes."""
        return sum((self.folder / name).stat().st_size for name in self.files)


class Condition(StrEnum):
    """How one file stands to the manifest."""

    OK = "ok"
    CHANGED = "changed"
    MISSING = "missing"
    UNLISTED = "unlisted"


def find(model: Model, models_dir: Path, *, demo: bool = False) -> Weights | None:
    """The model's weights in `models_dir`, or None if there are none. Raises WeightsMissing if incomplete."""
    folder = models_dir / model.id
    if (folder / "model_index.json").is_file():
        return Weights(model, folder, "diffusers", demo=demo)
    if not folder.is_dir():
        return None
    singles = sorted(folder.glob("*.safetensors"))
    experts = FORMATS[model.family].experts and bool(find_experts(folder))
    if not singles and not experts:
        return None
    config = folder / CONFIG
    if not (config / "model_index.json").is_file():
        raise WeightsMissing(f"The weights of {model.name} in {folder} lack their {CONFIG} folder. Install them again.")
    if experts:
        return Weights(model, folder, "experts", config, demo)
    if len(singles) > 1:
        names = ", ".join(path.name for path in singles)
        raise WeightsMissing(f"{folder} holds several checkpoints of {model.name}: keep one of {names}.")
    return Weights(model, singles[0], "single_file", config, demo)


def hashes(weights: Weights) -> dict[str, str]:
    """The SHA-256 of every .safetensors by its name in the folder, for the receipt.

    A file is read once: its hash is kept beside it, and holds as long as its size and time of change do.
    """
    return digests(weights.folder, [name for name in weights.files if name.endswith(".safetensors")])


def verify(weights: Weights) -> dict[str, Condition]:
    """Read every file and compare it with the manifest, by name."""
    listed = {name: entry["sha256"] for name, entry in read_manifest(weights.folder).get("files", {}).items()}
    present = set(weights.files)
    return {
        name: _condition(weights.folder / name, listed.get(name), name in present)
        for name in sorted(present | set(listed))
    }


def _condition(path: Path, expected: str | None, present: bool) -> Condition:
    if not present:
        return Condition.MISSING
    if expected is None:
        return Condition.UNLISTED
    return Condition.OK if _sha256(path) == expected else Condition.CHANGED


def read_manifest(folder: Path) -> dict[str, Any]:
    """What source.json says; empty where weights were put here by hand."""
    return _read_json(folder / MANIFEST)


def write_manifest(folder: Path, names: Iterable[str], source: str) -> None:
    """Write source.json for the files that stand in the folder now."""
    files = {
        name: {"sha256": sha256, "bytes": (folder / name).stat().st_size}
        for name, sha256 in digests(folder, names).items()
    }
    _write_json(folder / MANIFEST, {"source": source, "files": files})


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of files in a folder by name, each read once as long as its size and time of change stay."""
    known = _read_json(folder / _CACHE)
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        status = (folder / name).stat()
        facts = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
        entry = known.get(name, {})
        fresh = {key: entry.get(key) for key in facts} == facts
        found[name] = entry if fresh else {**facts, "sha256": _sha256(folder / name)}
    if not found.items() <= known.items() and os.access(folder, os.W_OK):
        _write_json(folder / _CACHE, {**known, **found})
    return {name: entry["sha256"] for name, entry in found.items()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all: several workers may write the same file at once."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(path)
