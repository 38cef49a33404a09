"""The small models that ship with the project: the real architectures, so that everything runs without a download.

Those in `weights` were trained by `tools/demo_models`. The others are drawn from a fixed seed, the same bytes every
time, and stored in the diffusers layout like real ones.
"""

import shutil
import tempfile
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import torch
from diffusers import DiffusionPipeline
from transformers.utils import logging as transformers_logging

from generation.catalogue import Model

SHIPPED = Path(__file__).parent / "weights"
"""Trained demo models by the ids of the models that they stand for."""

_BUILDERS = {
    "sdxl": ("sdxl", "sdxl"),
    "flux": ("flux", "flux"),
    "wan_keyframes": ("wan", "wan_keyframes"),
    "wan_vace": ("wan", "wan_vace"),
}


def build(model: Model, folder: Path) -> None:
    """Put the demo model of `model` into `folder`: a link to the trained one, or one that is drawn now.

    One that was drawn before stays as it is, until there is a trained one. The folder appears whole or not at all,
    whoever else builds at the same time.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if (SHIPPED / model.id).is_dir():
        _link(folder, SHIPPED / model.id)
        return
    if folder.exists():
        return
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    transformers_logging.disable_progress_bar()
    try:
        draw(model).save_pretrained(workshop, safe_serialization=True)
        _publish(workshop, folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def draw(model: Model) -> DiffusionPipeline:
    """The demo pipeline of `model`, new in memory."""
    if (SHIPPED / model.id).is_dir():
        trained: DiffusionPipeline = DiffusionPipeline.from_pretrained(
            SHIPPED / model.id, local_files_only=True, dtype=torch.float32
        )
        return trained
    module, function = _BUILDERS[model.family]
    pipeline: DiffusionPipeline = getattr(import_module(f".{module}", __name__), function)()
    return pipeline


def _link(folder: Path, target: Path) -> None:
    if folder.is_symlink() and folder.readlink() == target:
        return
    link = folder.with_name(f".{folder.name}-{uuid4().hex}")
    link.symlink_to(target)
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    link.replace(folder)


def _publish(workshop: Path, folder: Path) -> None:
    workshop.chmod(0o755)
    try:
        workshop.rename(folder)
    except OSError:
        if not (folder / "model_index.json").is_file():
            raise
