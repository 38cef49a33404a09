"""A small SDXL: two text encoders, a U-Net with cross attention and added time ids, and an autoencoder of 16 times.

The U-Net is random but for one path through it. That path answers "all of this is noise, the fine parts most", as
a denoiser of soft grey pictures does; around it the random part, led by the prompt, adds its own colours. So pictures
keep their range, follow the prompt, and come back recognisable at low denoising without any training.
"""

import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from torch import nn

from .clip import clip_encoder, clip_tokenizer, projecting_clip_encoder
from .vae import autoencoder

_LATENT_CHANNELS = 4
_WIDTHS = (32, 64)
_TEXT_WIDTHS = (32, 64)
_TIME_WIDTH = 8
_SEED = 21
_FINE, _COARSE = 1.5, 0.6
_TEXT_GAINS = {"attn2.to_k": 12.0, "attn2.to_v": 3.5, "add_embedding.linear_2": 2.5}
_COLOUR_GAIN = 0.028


def sdxl() -> StableDiffusionXLPipeline:
    """512² is 1,024 image tokens where the U-Net is widest and 256 where it attends."""
    tokenizer, tokenizer_2 = clip_tokenizer(), clip_tokenizer("!")
    return StableDiffusionXLPipeline(
        vae=autoencoder(_LATENT_CHANNELS, scaling_factor=0.13025),
        text_encoder=clip_encoder(tokenizer, _TEXT_WIDTHS[0]),
        tokenizer=tokenizer,
        text_encoder_2=projecting_clip_encoder(tokenizer_2, _TEXT_WIDTHS[1]),
        tokenizer_2=tokenizer_2,
        unet=_unet(),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        ),
        force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )


def _unet() -> UNet2DConditionModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        unet = UNet2DConditionModel(
            in_channels=_LATENT_CHANNELS,
            out_channels=_LATENT_CHANNELS,
            sample_size=64,
            block_out_channels=_WIDTHS,
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4),
            transformer_layers_per_block=1,
            use_linear_projection=True,
            cross_attention_dim=sum(_TEXT_WIDTHS),
            addition_embed_type="text_time",
            addition_time_embed_dim=_TIME_WIDTH,
            projection_class_embeddings_input_dim=6 * _TIME_WIDTH + _TEXT_WIDTHS[1],
            norm_num_groups=_WIDTHS[0] // (2 * _LATENT_CHANNELS),
        ).eval()
    with torch.no_grad():
        _listen_to_text(unet)
        _wire_noise(unet)
    return unet


def _listen_to_text(unet: UNet2DConditionModel) -> None:
    """Random attention looks at all tokens alike; with larger keys a few of them stand out, and a word can count."""
    for name, module in unet.named_modules():
        for ending, gain in _TEXT_GAINS.items():
            if name.endswith(ending):
                module.weight *= gain


def _wire_noise(unet: UNet2DConditionModel) -> None:
    """Lead the input, as pairs +x and -x (silu(x) - silu(-x) = x), by the outermost skip connection to the output.

    The pairs are one group of the last norm, which brings them to a variance of 1: that of the input.
    """
    pairs = 2 * _LATENT_CHANNELS
    eye = torch.eye(_LATENT_CHANNELS)
    unet.conv_in.weight[:pairs] = 0
    unet.conv_in.bias[:pairs] = 0
    unet.conv_in.weight[:pairs, :, 1, 1] = torch.cat([eye, -eye])

    last = unet.up_blocks[-1].resnets[-1]
    for passed_by in (last.conv2, last.conv_shortcut):
        passed_by.weight[:pairs] = 0
        passed_by.bias[:pairs] = 0
    skip = last.conv_shortcut.in_channels - _WIDTHS[0]
    last.conv_shortcut.weight[:pairs, skip : skip + pairs, 0, 0] = torch.eye(pairs)

    unet.conv_out.weight *= _COLOUR_GAIN / unet.conv_out.weight.std()
    kernel = -_COARSE * torch.full((3, 3), 1 / 9)
    kernel[1, 1] += _FINE
    straight = eye[:, :, None, None] * kernel
    unet.conv_out.weight[:, :pairs] = torch.cat([straight, -straight], dim=1)
    nn.init.zeros_(unet.conv_out.bias)
