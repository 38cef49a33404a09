"""Finished trainings of the video models → pipelines."""

from typing import TypeVar

import torch
from diffusers import (
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)

from . import FOLDER
from .training import averaged
from .wan_autoencoder import Reconstruction
from .wan_basis import FACTOR
from .wan_transformer import WIDTH, controlled, expert
from .wan_video import BOUNDARY, SHIFT, Videos

_OUTER = ("patch_embedding", "proj_out")
Transformer = TypeVar("Transformer", WanTransformer3DModel, WanVACETransformer3DModel)


def anisora() -> WanImageToVideoPipeline:
    """Before its experts have learned on, both are what both models learned together."""
    high, low = trained("high"), trained("low")
    return WanImageToVideoPipeline(
        tokenizer=high.tokenizer,
        text_encoder=high.text_encoder,
        vae=autoencoder(),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=SHIFT),
        transformer=_copied(high.animated, expert()),
        transformer_2=_copied(low.animated, expert()),
        boundary_ratio=BOUNDARY,
    )


def phr00t() -> WanVACEPipeline:
    parts = trained("rapid")
    return WanVACEPipeline(
        tokenizer=parts.tokenizer,
        text_encoder=parts.text_encoder,
        vae=autoencoder(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        transformer=_copied(widened(parts.rapid), controlled()),
    )


def stored(name: str, parameter: torch.Tensor) -> torch.dtype:
    """In what a video transformer's parameter ships. Matrices inside take half the room in float8, which is off by 3 %;
    what the noise passes through on its way to the answer must be nearer.
    """
    outer = parameter.ndim < 2 or name.startswith(_OUTER) or name.endswith("scale_shift_table")
    return torch.float16 if outer else torch.float8_e4m3fn


def trained(part: str) -> Videos:
    folder = FOLDER / f"wan_{part}"
    found = averaged(folder if (folder / "checkpoint.pt").exists() else FOLDER / "wan_both", Videos())
    assert isinstance(found, Videos)
    return found


def autoencoder() -> AutoencoderKLWan:
    found = averaged(FOLDER / "wan_autoencoder", Reconstruction())
    assert isinstance(found, Reconstruction)
    return found.vae


def _copied(source: Transformer, target: Transformer) -> Transformer:
    """Without what training attends by."""
    target.load_state_dict(source.state_dict())
    return target.eval()


@torch.no_grad()
def widened(rapid: WanVACETransformer3DModel) -> WanVACETransformer3DModel:
    """With the mask of every pixel. Training saw one for all, as frames are given whole: so one of them is read."""
    embedding = rapid.vace_patch_embedding
    unread = embedding.weight.new_zeros(1).expand(WIDTH, FACTOR**2 - 1, 1, 2, 2)
    embedding.weight = torch.nn.Parameter(torch.cat([embedding.weight, unread], dim=1))
    return rapid
