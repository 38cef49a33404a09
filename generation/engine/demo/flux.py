"""A small Flux: the real pipeline with both kinds of blocks and a distilled guidance scale.

The transformer is random but for one path through it, which answers "all of this is noise, the fine parts most", as a
denoiser of soft grey pictures would; led by prompt and guidance, the random part adds its own colours to every patch.
"""

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from torch import nn

from .clip import clip_encoder, clip_tokenizer
from .t5 import t5_encoder, t5_tokenizer
from .vae import autoencoder

_TEXT_WIDTH = 32
_LATENT_CHANNELS = 8
_PACKED = 4 * _LATENT_CHANNELS
_WIDTH = 2 * _PACKED
_HEADS = 4
_SEED = 11
_SHARPNESS = 8.0
_FINE, _COARSE = 3.0, 0.6
_COLOUR_GAIN = 1.0


def flux() -> FluxPipeline:
    """512² is 256 image tokens: its autoencoder shrinks by 16, and Flux packs 2 × 2."""
    tokenizer, tokenizer_2 = clip_tokenizer(), t5_tokenizer()
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=autoencoder(_LATENT_CHANNELS, scaling_factor=0.3611, shift_factor=0.1159, quant_conv=False),
        text_encoder=clip_encoder(tokenizer, _TEXT_WIDTH),
        tokenizer=tokenizer,
        text_encoder_2=t5_encoder(len(tokenizer_2), _TEXT_WIDTH),
        tokenizer_2=tokenizer_2,
        transformer=_transformer(),
    )


def _transformer() -> FluxTransformer2DModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        transformer = FluxTransformer2DModel(
            in_channels=_PACKED,
            num_layers=2,
            num_single_layers=2,
            attention_head_dim=_WIDTH // _HEADS,
            num_attention_heads=_HEADS,
            joint_attention_dim=_TEXT_WIDTH,
            pooled_projection_dim=_TEXT_WIDTH,
            guidance_embeds=True,
            axes_dims_rope=(4, 6, 6),
        ).eval()
        with torch.no_grad():
            _listen(transformer)
            _wire_noise(transformer)
    return transformer


def _listen(transformer: FluxTransformer2DModel) -> None:
    """Random weights as large as a trained model's: by default text and guidance hardly show behind the noise."""
    for name, module in transformer.named_modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            nn.init.zeros_(module.bias)
        elif name.endswith(("norm_q", "norm_added_q")):
            nn.init.constant_(module.weight, _SHARPNESS)


def _wire_noise(transformer: FluxTransformer2DModel) -> None:
    """Keep half of the residual stream for the latents as they came, and lead it to the output."""
    transformer.x_embedder.weight[:_PACKED] = torch.eye(_PACKED)
    for name, module in transformer.named_modules():
        if name.endswith(("attn.to_out.0", "ff.net.2", "proj_out")):
            module.weight[:_PACKED] = 0
    for modulation in transformer.norm_out.linear.weight.chunk(2):
        modulation[:_PACKED] = 0

    patch = torch.kron(torch.eye(_LATENT_CHANNELS), torch.full((4, 4), 0.25))
    transformer.proj_out.weight[:, :_PACKED] = _FINE * torch.eye(_PACKED) + (_COARSE - _FINE) * patch
    colours = torch.randn(_LATENT_CHANNELS, _WIDTH - _PACKED) * _COLOUR_GAIN * (_WIDTH - _PACKED) ** -0.5
    transformer.proj_out.weight[:, _PACKED:] = colours.repeat_interleave(4, dim=0)
