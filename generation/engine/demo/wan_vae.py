"""The video autoencoder of the demo models: AutoencoderKLWan, its weights set so that it works without training.

It shrinks a video by averaging and brings it back as soft fields of colour that fade from one latent frame to the next.
Residual blocks begin at zero, and what passes the nonlinearity (RMS norm, then SiLU) passes as pairs +x and -x, because
silu(x) - silu(-x) = x. An anchor of constant size stands beside the colours: the norm divides by it, which also heals
the zeros that padding brings in at the borders and before the first frame.
"""

import torch
from diffusers import AutoencoderKLWan
from torch import nn

LATENT_CHANNELS = 16
SPATIAL = 32
TEMPORAL = 4

_PATCH = 8
_CHANNELS = 8
_COLOURS = 3
_ANCHOR = 16.0
_LATENT_GAIN = 2.0
_LOG_VARIANCE = -20.0
_NOW = 2
"""The last tap of a causal convolution over three frames."""


def wan_vae() -> AutoencoderKLWan:
    """(batch, 3, 4x+1, height, width) in -1 … 1 ↔ (batch, 16, x+1, height/32, width/32)."""
    vae = AutoencoderKLWan(
        base_dim=_CHANNELS,
        z_dim=LATENT_CHANNELS,
        dim_mult=[1, 1, 1],
        num_res_blocks=0,
        temperal_downsample=[True, True],
        in_channels=_COLOURS * _PATCH**2,
        out_channels=_COLOURS * _PATCH**2,
        patch_size=_PATCH,
        latents_mean=[0.0] * LATENT_CHANNELS,
        latents_std=[1.0] * LATENT_CHANNELS,
        scale_factor_temporal=TEMPORAL,
        scale_factor_spatial=SPATIAL,
    )
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.zero_()
        mix = _mix() * _LATENT_GAIN
        _wire_encoder(vae, mix)
        _wire_decoder(vae, torch.linalg.pinv(mix))
    return vae.eval()


def _mix() -> torch.Tensor:
    """Orthonormal columns (latent channels, 3): how red, green and blue spread over the latent channels."""
    waves = torch.outer(torch.arange(LATENT_CHANNELS) + 0.5, torch.arange(3.0)) * torch.pi / LATENT_CHANNELS
    return nn.functional.normalize(waves.cos(), dim=0)


def _wire_encoder(vae: AutoencoderKLWan, mix: torch.Tensor) -> None:
    encoder = vae.encoder
    average = torch.eye(_COLOURS).repeat_interleave(_PATCH**2, dim=1) / _PATCH**2
    encoder.conv_in.weight[:, :, _NOW, 1, 1] = _pairs() @ _with_anchor(average)
    encoder.conv_in.bias[:] = _pairs()[:, _COLOURS] * _ANCHOR
    for block in encoder.down_blocks:
        if hasattr(block, "resample"):
            _diagonal(block.resample[1].weight)[..., :2, :2] = 0.25
            _diagonal(block.time_conv.weight)[:, 1:] = 0.5
    colours = mix @ _pairs()[:, :_COLOURS].T
    encoder.norm_out.gamma[:] = _ANCHOR / 2
    encoder.conv_out.weight[:LATENT_CHANNELS, :, _NOW, 1, 1] = colours
    encoder.conv_out.bias[LATENT_CHANNELS:] = _LOG_VARIANCE
    vae.quant_conv.weight[:, :, 0, 0, 0] = torch.eye(2 * LATENT_CHANNELS)


def _wire_decoder(vae: AutoencoderKLWan, unmix: torch.Tensor) -> None:
    decoder = vae.decoder
    vae.post_quant_conv.weight[:, :, 0, 0, 0] = torch.eye(LATENT_CHANNELS)
    decoder.conv_in.weight[:_COLOURS, :, _NOW, 1, 1] = unmix
    decoder.conv_in.bias[_COLOURS] = _ANCHOR
    soft = torch.outer(torch.tensor([0.25, 0.5, 0.25]), torch.tensor([0.25, 0.5, 0.25]))
    for block in decoder.up_blocks[:-1]:
        between, here = block.upsamplers[0].time_conv.weight.chunk(2)
        _diagonal(between)[:, 1:] = 0.5
        _diagonal(here)[:, _NOW] = 1.0
        _diagonal(block.upsamplers[0].resample[1].weight)[:] = soft
    widened = [block.resnets[0].conv_shortcut.weight for block in decoder.up_blocks[1:]]
    for weight in widened[:-1]:
        _diagonal(weight)[:] = 1.0
    widened[-1][:, :, 0, 0, 0] = _pairs()
    decoder.norm_out.gamma[:] = _ANCHOR / 2
    decoder.conv_out.weight[:, :, _NOW] = torch.einsum("kc,pyx->cpkyx", _pairs()[:, :_COLOURS], _bilinear()).flatten(
        0, 1
    )


def _pairs() -> torch.Tensor:
    """(8, 4): red, green, blue and the anchor, each followed by its negative."""
    return torch.tensor([[1.0], [-1.0]]).kron(torch.eye(_COLOURS + 1))


def _with_anchor(colours: torch.Tensor) -> torch.Tensor:
    """A row for the anchor, which takes nothing from the input."""
    return torch.cat([colours, torch.zeros(1, colours.shape[1])])


def _diagonal(weight: torch.Tensor) -> torch.Tensor:
    """A view on the kernels that lead from each channel to the channel of the same number: (channels, *kernel)."""
    return torch.diagonal(weight).movedim(-1, 0)


def _bilinear() -> torch.Tensor:
    """(pixels of a patch, 3, 3): how a pixel, column by column, blends its own cell and the eight around it."""
    place = (torch.arange(_PATCH) + 0.5) / _PATCH - 0.5
    shares = torch.stack([(-place).clamp(min=0), 1 - place.abs(), place.clamp(min=0)], dim=1)
    return torch.einsum("xi,yj->xyji", shares, shares).flatten(0, 1)
