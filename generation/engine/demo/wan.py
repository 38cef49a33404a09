"""Small Wans: the two experts that animate pictures, and the merged VACE transformer."""

from collections.abc import Callable
from typing import TypeVar

import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    ModelMixin,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from torch import nn

from .t5 import t5_tokenizer, umt5_encoder
from .wan_vae import LATENT_CHANNELS, SPATIAL, TEMPORAL, wan_vae

Transformer = TypeVar("Transformer", bound=ModelMixin)

_TEXT_WIDTH = 32
_GIVEN_GAIN = 4.0
_OUTPUT_GAIN = 2.0
_SHAPE = {
    "num_attention_heads": 2,
    "attention_head_dim": 24,
    "out_channels": LATENT_CHANNELS,
    "text_dim": _TEXT_WIDTH,
    "freq_dim": 64,
    "ffn_dim": 96,
    "num_layers": 2,
    "rope_max_seq_len": 256,
}


def wan_keyframes() -> WanImageToVideoPipeline:
    """Image to video with two experts, as Wan 2.2 has them: the first takes over above 0.9 of the noise."""
    tokenizer = t5_tokenizer()
    return WanImageToVideoPipeline(
        tokenizer=tokenizer,
        text_encoder=umt5_encoder(len(tokenizer), _TEXT_WIDTH),
        vae=wan_vae(),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0),
        transformer=_seeded(_expert, 21),
        transformer_2=_seeded(_expert, 22),
        boundary_ratio=0.9,
    )


def wan_vace() -> WanVACEPipeline:
    """One transformer with a control branch for given frames."""
    tokenizer = t5_tokenizer()
    return WanVACEPipeline(
        tokenizer=tokenizer,
        text_encoder=umt5_encoder(len(tokenizer), _TEXT_WIDTH),
        vae=wan_vae(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        transformer=_seeded(_vace, 23),
    )


def _expert() -> WanTransformer3DModel:
    """Takes the noisy latents, one mask for every frame of a latent one, and the latents of the given frames."""
    return WanTransformer3DModel(in_channels=2 * LATENT_CHANNELS + TEMPORAL, **_SHAPE)


def _vace() -> WanVACETransformer3DModel:
    """Control takes the latents of what is given, of what is not, and a mask for every pixel of a latent one."""
    return WanVACETransformer3DModel(
        in_channels=LATENT_CHANNELS, vace_layers=[0, 1], vace_in_channels=2 * LATENT_CHANNELS + SPATIAL**2, **_SHAPE
    )


def _seeded(make: Callable[[], Transformer], seed: int) -> Transformer:
    """Weights as a trained model's: by default text and given frames hardly show behind the noise."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = make()
        for name, module in transformer.named_modules():
            if isinstance(module, nn.Linear | nn.Conv3d):
                nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif name.endswith("attn2.norm_q"):
                nn.init.constant_(module.weight, 4.0)
        with torch.no_grad():
            transformer.patch_embedding.weight[:, LATENT_CHANNELS:] *= _GIVEN_GAIN
            transformer.proj_out.weight *= _OUTPUT_GAIN
        return transformer.eval()
