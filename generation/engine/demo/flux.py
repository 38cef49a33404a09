"""A small Flux: the real pipeline with both kinds of blocks and a distilled guidance scale."""

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from torch import nn

from .clip import clip_encoder, clip_tokenizer
from .t5 import t5_encoder, t5_tokenizer

_TEXT_WIDTH = 32
_LATENT_CHANNELS = 16
_LEVELS = 6
_SEED = 11


def flux() -> FluxPipeline:
    """512² is 64 image tokens: its autoencoder shrinks by 32, and Flux packs 2 × 2."""
    tokenizer, tokenizer_2 = clip_tokenizer(), t5_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        transformer, vae = _transformer(), _vae()
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae,
        text_encoder=clip_encoder(tokenizer, _TEXT_WIDTH),
        tokenizer=tokenizer,
        text_encoder_2=t5_encoder(len(tokenizer_2), _TEXT_WIDTH),
        tokenizer_2=tokenizer_2,
        transformer=transformer,
    )


def _transformer() -> FluxTransformer2DModel:
    transformer = FluxTransformer2DModel(
        in_channels=4 * _LATENT_CHANNELS,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=4,
        joint_attention_dim=_TEXT_WIDTH,
        pooled_projection_dim=_TEXT_WIDTH,
        guidance_embeds=True,
        axes_dims_rope=(4, 6, 6),
    )
    _make_attentive(transformer)
    return transformer.eval()


def _make_attentive(transformer: FluxTransformer2DModel) -> None:
    """Weights as a trained model's: by default text, time and guidance hardly show behind the noise."""
    for name, module in transformer.named_modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            nn.init.zeros_(module.bias)
        elif name.endswith(("norm_q", "norm_added_q")):
            nn.init.constant_(module.weight, 4.0)
    nn.init.normal_(transformer.proj_out.weight, std=2 * transformer.proj_out.in_features**-0.5)


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8,) * _LEVELS,
        down_block_types=("DownEncoderBlock2D",) * _LEVELS,
        up_block_types=("UpDecoderBlock2D",) * _LEVELS,
        layers_per_block=1,
        norm_num_groups=2,
        latent_channels=_LATENT_CHANNELS,
        use_quant_conv=False,
        use_post_quant_conv=False,
        scaling_factor=0.3611,
        shift_factor=0.1159,
    ).eval()
