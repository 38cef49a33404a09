"""Finished trainings → the folders that ship: half precision or less, the diffusers layout, and a manifest of hashes.

    python -m tools.demo_models.export pony|flux|anisora|phr00t
    python -m tools.demo_models.export autoencoder

The second puts the image autoencoder alone into the models that are there, whose latents stay what they are.
"""

import argparse
import shutil
from pathlib import Path

import torch
from diffusers import (
    DiffusionPipeline,
    FluxPipeline,
    StableDiffusionXLPipeline,
    WanTransformer3DModel,
    WanVACETransformer3DModel,
)

from generation.catalogue import get_model
from generation.engine.demo import SHIPPED
from generation.engine.weights import find, write_manifest

from . import FOLDER
from .autoencoder import finished
from .flux import Flux, Student
from .flux import noise_schedule as flux_schedule
from .sdxl import Sdxl
from .sdxl import noise_schedule as sdxl_schedule
from .training import averaged
from .wan_export import anisora, phr00t, stored

SOURCE = "Trained for MediaGen on procedural scenes by tools/demo_models. Apache-2.0."


def pony() -> StableDiffusionXLPipeline:
    parts = averaged(FOLDER / "sdxl_leading", Sdxl())
    return StableDiffusionXLPipeline(
        vae=finished(),
        text_encoder=parts.text_encoder,
        tokenizer=parts.tokenizers[0],
        text_encoder_2=parts.text_encoder_2,
        tokenizer_2=parts.tokenizers[1],
        unet=parts.unet,
        scheduler=sdxl_schedule(),
        force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )


def flux() -> FluxPipeline:
    """With the student's transformer; before there is one, with the teacher's, which knows no guidance."""
    parts = averaged(FOLDER / "flux_teacher", Flux())
    transformer = parts.transformer
    if (FOLDER / "flux_student" / "checkpoint.pt").exists():
        transformer = averaged(FOLDER / "flux_student", Student(parts)).transformer
    return FluxPipeline(
        scheduler=flux_schedule(),
        vae=finished(),
        text_encoder=parts.text_encoder,
        tokenizer=parts.tokenizer,
        text_encoder_2=parts.text_encoder_2,
        tokenizer_2=parts.tokenizer_2,
        transformer=transformer,
    )


_IMAGES = ("pony", "flux")
PIPELINES = {"pony": pony, "flux": flux, "anisora": anisora, "phr00t": phr00t}


def export(pipeline: DiffusionPipeline, model_id: str, folder: Path) -> None:
    """Put the pipeline where `model_id` is found among the models in `folder`; what was there goes."""
    place = folder / model_id
    shutil.rmtree(place, ignore_errors=True)
    for part in pipeline.components.values():
        video = isinstance(part, WanTransformer3DModel | WanVACETransformer3DModel)
        for name, tensor in part.named_parameters() if isinstance(part, torch.nn.Module) else ():
            kept = stored(name, tensor) if video else torch.float16
            tensor.data = tensor.data.to(kept, memory_format=torch.contiguous_format)
    pipeline.save_pretrained(place)
    _sign(model_id, folder)


def export_autoencoder(folder: Path) -> None:
    vae = finished().to(torch.float16)
    for model_id in _IMAGES:
        place = folder / model_id
        vae.save_pretrained(place / "vae")
        _sign(model_id, folder)


def _sign(model_id: str, folder: Path) -> None:
    weights = find(get_model(model_id), folder)
    assert weights is not None
    write_manifest(folder / model_id, weights.files, SOURCE)
    (folder / model_id / ".hashes.json").unlink(missing_ok=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", choices=[*PIPELINES, "autoencoder"])
    arguments.add_argument("--to", type=Path, default=SHIPPED)
    options = arguments.parse_args()
    if options.model == "autoencoder":
        export_autoencoder(options.to)
        return
    export(PIPELINES[options.model](), options.model, options.to)


if __name__ == "__main__":
    main()
