"""The small models that ship with the project: the real architectures, so that everything runs without a download.

They are drawn from a fixed seed, the same bytes every time, and stored in the diffusers layout like real ones.
"""

import shutil
import tempfile
from importlib import import_module
from pathlib import Path

from diffusers import DiffusionPipeline
from transformers.utils import logging as transformers_logging

from generation.catalogue import Model

_BUILDERS = {
    "sdxl": ("sdxl", "sdxl"),
    "flux": ("flux", "flux"),
    "wan_keyframes": ("wan", "wan_keyframes"),
    "wan_vace": ("wan", "wan_vace"),
}


def build(model: Model, folder: Path) -> None:
    """Put the small model of `model`'s family into `folder`; one that is there already stays as it is.

    The folder appears whole or not at all, whoever else builds at the same time.
    """
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    transformers_logging.disable_progress_bar()
    try:
        draw(model).save_pretrained(workshop, safe_serialization=True)
        _publish(workshop, folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def draw(model: Model) -> DiffusionPipeline:
    """The small pipeline of `model`'s family, new in memory."""
    module, function = _BUILDERS[model.family]
    pipeline: DiffusionPipeline = getattr(import_module(f".{module}", __name__), function)()
    return pipeline


def _publish(workshop: Path, folder: Path) -> None:
    workshop.chmod(0o755)
    try:
        workshop.rename(folder)
    except OSError:
        if not (folder / "model_index.json").is_file():
            raise
