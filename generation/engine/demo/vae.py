"""The image autoencoder of the demo models: AutoencoderKL, its weights set so that it works without training.

It shrinks a picture by averaging and brings it back as soft fields of colour. Residual blocks begin at zero,
and what passes the network's one nonlinearity (group norm, then SiLU) passes as pairs +x and -x, because
silu(x) - silu(-x) = x; a constant pair ±`_ANCHOR` beside them keeps the norm's scale the same for every picture.
"""

from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import nn

_CHANNELS = 8
_ANCHOR = 16.0
_LATENT_GAIN = 2.0
_LOG_VARIANCE = -20.0


def autoencoder(
    latent_channels: int,
    scaling_factor: float,
    shift_factor: float | None = None,
    *,
    quant_conv: bool = True,
    levels: int = 5,
) -> AutoencoderKL:
    """(batch, 3, height, width) in -1 … 1 ↔ (batch, latent_channels, height/n, width/n) with n = 2 ** (levels - 1).

    It takes at least 3 latent channels to keep the colours.

    Scaled latents of pictures have a standard deviation of about 1, as real ones do.
    """
    vae = AutoencoderKL(
        block_out_channels=(_CHANNELS,) * levels,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        norm_num_groups=1,
        latent_channels=latent_channels,
        sample_size=512,
        scaling_factor=scaling_factor,
        shift_factor=shift_factor,
        use_quant_conv=quant_conv,
        use_post_quant_conv=quant_conv,
        force_upcast=False,
    )
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.zero_()
        mix = _mix(latent_channels) * _LATENT_GAIN / scaling_factor
        _wire_encoder(vae.encoder, mix)
        _wire_decoder(vae.decoder, torch.linalg.pinv(mix))
        for conv in (vae.quant_conv, vae.post_quant_conv):
            if conv is not None:
                conv.weight[:, :, 0, 0] = torch.eye(conv.out_channels)
    return vae.eval()


def _mix(latent_channels: int) -> torch.Tensor:
    """Orthonormal columns (latent_channels, 3): how red, green and blue spread over the latent channels."""
    waves = torch.outer(torch.arange(latent_channels) + 0.5, torch.arange(3.0)) * torch.pi / latent_channels
    return nn.functional.normalize(waves.cos(), dim=0)


def _wire_encoder(encoder: Any, mix: torch.Tensor) -> None:
    _into_pairs(encoder.conv_in, torch.eye(3))
    for block in encoder.down_blocks:
        for sampler in block.downsamplers or ():
            for channel in range(_CHANNELS):
                sampler.conv.weight[channel, channel, :2, :2] = 0.25
    _out_of_pairs(encoder.conv_norm_out, encoder.conv_out, mix)
    encoder.conv_out.bias[mix.shape[0] :] = _LOG_VARIANCE


def _wire_decoder(decoder: Any, unmix: torch.Tensor) -> None:
    _into_pairs(decoder.conv_in, unmix)
    soft = torch.outer(torch.tensor([0.25, 0.5, 0.25]), torch.tensor([0.25, 0.5, 0.25]))
    for block in decoder.up_blocks:
        for sampler in block.upsamplers or ():
            for channel in range(_CHANNELS):
                sampler.conv.weight[channel, channel] = soft
    _out_of_pairs(decoder.conv_norm_out, decoder.conv_out, torch.eye(3))


def _into_pairs(conv: Any, rgb: torch.Tensor) -> None:
    """Channels 0 … 2 are the three colours, 3 … 5 their negatives, 6 and 7 the anchor and its negative."""
    conv.weight[0:3, :, 1, 1] = rgb
    conv.weight[3:6, :, 1, 1] = -rgb
    conv.bias[6], conv.bias[7] = _ANCHOR, -_ANCHOR


def _out_of_pairs(norm: nn.GroupNorm, conv: nn.Conv2d, colours: torch.Tensor) -> None:
    """Undo the norm's scale (the anchor's share of the variance) and join the pairs into (n, 3) `colours`."""
    norm.weight[:] = _ANCHOR / 2
    conv.weight[: colours.shape[0], 0:3, 1, 1] = colours
    conv.weight[: colours.shape[0], 3:6, 1, 1] = -colours
