"""Puts weights where `weights.find` looks for them: from a local file or folder, or from the hub."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from generation.catalogue import Model
from generation.engine.api import EngineError
from generation.engine.formats import (
    EXPERTS,
    FORMATS,
    PICKLED,
    brought_by_file,
    check_folder,
    check_network,
    find_experts,
    networks,
    read_index,
    read_keys,
    refuse_pickle,
)
from generation.engine.weights import CONFIG, Weights, find, write_manifest

# Beside the weights a pipeline reads configurations and tokenizers, and nothing else of what a repository holds.
_SMALL = frozenset({".json", ".jinja", ".model", ".txt"})


def add(model: Model, source: Path, models_dir: Path, config: Path | None = None, *, origin: str = "") -> Weights:
    """Install weights from a .safetensors file or a folder, in the place of those that are there.

    A folder is one in the diffusers layout, or one that holds the experts of Wan 2.2 in files or folders named
    high_noise… and low_noise…. A file and experts need `config`, a diffusers folder with what they lack; left out, it
    is looked for beside the source, and then among the weights that are installed already. Files are linked where the
    disk allows it and copied elsewhere. `origin` goes into the manifest. Raises EngineError if the model cannot use
    them.
    """
    if not source.exists():
        raise EngineError(f"There is no file or folder {source}.")
    if (source / "model_index.json").is_file():
        check_folder(model, source)
        files = _folder_files(source, set(networks(source)))
    else:
        files = _native_files(model, source)
        config = config or _config_beside(model, source, models_dir)
        brought = inspect(model, source)
        check_folder(model, config, brought)
        wanted = set(networks(config)) - brought
        files |= {f"{CONFIG}/{name}": path for name, path in _folder_files(config, wanted).items()}
    return _install(model, files, models_dir, origin or str(source.resolve()))


def inspect(model: Model, source: Path) -> frozenset[str]:
    """The components of the pipeline that a native file or a folder of experts brings. Raises EngineError."""
    experts = find_experts(source) if FORMATS[model.family].experts else {}
    if not experts:
        path = _only_file(model, source)
        return brought_by_file(model, read_keys(path), path.name)
    for paths in experts.values():
        keys = [key for path in paths for key in read_keys(path)]
        check_network(model, keys, paths[0].parent.name if len(paths) > 1 else paths[0].name)
    return frozenset(experts)


def _native_files(model: Model, source: Path) -> dict[str, Path]:
    experts = find_experts(source) if FORMATS[model.family].experts else {}
    if not experts:
        path = _only_file(model, source)
        return {path.name: path}
    folders = {component: f"{expert}_model" for expert, component in EXPERTS.items()}
    return {f"{folders[component]}/{path.name}": path for component, paths in experts.items() for path in paths}


def _only_file(model: Model, source: Path) -> Path:
    """The file itself, or the one .safetensors in a folder."""
    if source.is_file():
        return source
    found = sorted(source.glob("*.safetensors"))
    if len(found) == 1:
        return found[0]
    for path in sorted(source.iterdir()):
        if path.suffix.lower() in PICKLED:
            refuse_pickle(path)
    raise EngineError(
        f"{source} holds no weights of {model.name}: it is neither a diffusers folder (model_index.json) "
        f"nor has it exactly one .safetensors file ({len(found)} found)."
    )


def _config_beside(model: Model, source: Path, models_dir: Path) -> Path:
    folder = source if source.is_dir() else source.parent
    installed = models_dir / model.id
    for place in (folder / CONFIG, folder, installed / CONFIG, installed):
        if (place / "model_index.json").is_file():
            return place
    raise EngineError(
        f"{source.name} says nothing of shapes and tokenizers. Name a folder that does with --config: "
        f"a copy of {model.source.config_repo or model.source.repo} in the diffusers layout."
    )


def _folder_files(folder: Path, weighty: Iterable[str]) -> dict[str, Path]:
    """The files of a diffusers folder by name: the small ones of all components, the weights of those named."""
    chosen = {"model_index.json": folder / "model_index.json"}
    for component in read_index(folder):
        for path in sorted((folder / component).iterdir()):
            if path.suffix in _SMALL or (component in weighty and path.suffix == ".safetensors"):
                chosen[f"{component}/{path.name}"] = path
    return chosen


def _install(model: Model, files: dict[str, Path], models_dir: Path, origin: str) -> Weights:
    """Lay the files in a folder of their own, then put it in the place of the old one."""
    models_dir.mkdir(parents=True, exist_ok=True)
    target = models_dir / model.id
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=f".{model.id}-") as scratch:
        fresh, old = Path(scratch) / "new", Path(scratch) / "old"
        for name, path in files.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            _link_or_copy(path.resolve(), fresh / name)
        write_manifest(fresh, sorted(files), origin)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    installed = find(model, models_dir)
    if installed is None:
        raise EngineError(f"The weights of {model.name} cannot be found after installing them in {target}.")
    return installed


def _link_or_copy(source: Path, target: Path) -> None:
    """A hard link costs no space; other disks, and systems that forbid links to others' files, get a copy."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES):
            raise
        shutil.copy2(source, target)
