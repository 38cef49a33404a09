"""A start for the autoencoder that already shows soft fields of the right colours.

Eight channels of every level are set by hand: three colours, their negatives (silu(x) - silu(-x) = x passes the
nonlinearity), and a constant with its negative, large enough to decide the scale by which a norm divides. So norms
leave colours as they are, which they do not when a picture is one flat area. All other channels begin at random, and
residual blocks at zero.
"""

from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import nn

_WIRED = 8
_SOFT = torch.outer(torch.tensor([0.25, 0.5, 0.25]), torch.tensor([0.25, 0.5, 0.25]))


@torch.no_grad()
def wire(vae: AutoencoderKL) -> None:
    for part in (vae.encoder, vae.decoder):
        for module in part.modules():
            if hasattr(module, "conv_shortcut"):
                _silence(module)
        part.mid_block.attentions[0].to_out[0].weight.zero_()
        part.mid_block.attentions[0].to_out[0].bias.zero_()
        _keep_scale(part.conv_norm_out)
    mix = _mix(vae.config.latent_channels) * 2
    _wire_encoder(vae.encoder, mix)
    _wire_decoder(vae.decoder, torch.linalg.pinv(mix))


def _anchor(channels: int) -> float:
    """The constant whose pair alone gives this many channels a variance of 2."""
    return channels**0.5


def _silence(block: Any) -> None:
    """A residual block that adds nothing yet, and passes the wired channels on where their number changes."""
    _keep_scale(block.norm1)
    hidden = block.conv1.out_channels
    block.conv1.weight[6:8].zero_()
    block.conv1.bias[6:8] = torch.tensor([_anchor(hidden), -_anchor(hidden)])
    _keep_scale(block.norm2)
    block.conv2.weight.zero_()
    block.conv2.bias.zero_()
    if block.conv_shortcut is not None:
        block.conv_shortcut.weight[:_WIRED].zero_()
        block.conv_shortcut.weight[:, :_WIRED].zero_()
        scales = torch.ones(_WIRED)
        scales[6:8] = _anchor(block.conv_shortcut.out_channels) / _anchor(block.conv_shortcut.in_channels)
        block.conv_shortcut.weight[:_WIRED, :_WIRED, 0, 0] = torch.diag(scales)
        block.conv_shortcut.bias.zero_()


def _keep_scale(norm: nn.GroupNorm) -> None:
    """Undo the division by the standard deviation, which the two anchors alone make."""
    norm.weight[:] = 2**0.5
    norm.weight[6:8] = 1 / _anchor(norm.num_channels)
    norm.bias.zero_()


def _mix(latent_channels: int) -> torch.Tensor:
    """Orthonormal columns (latent_channels, 3): how red, green and blue spread over the latent channels."""
    waves = torch.outer(torch.arange(latent_channels) + 0.5, torch.arange(3.0)) * torch.pi / latent_channels
    return nn.functional.normalize(waves.cos(), dim=0)


def _wire_encoder(encoder: Any, mix: torch.Tensor) -> None:
    _into_pairs(encoder.conv_in, torch.eye(3))
    for block in encoder.down_blocks:
        for sampler in block.downsamplers or ():
            sampler.conv.weight[:_WIRED].zero_()
            sampler.conv.bias[:_WIRED].zero_()
            for channel in range(_WIRED):
                sampler.conv.weight[channel, channel, :2, :2] = 0.25
    rows = mix.shape[0]
    beside = torch.eye(rows) - mix @ torch.linalg.pinv(mix)
    encoder.conv_out.weight[:rows] = torch.einsum("ij,jckl->ickl", beside, encoder.conv_out.weight[:rows])
    _out_of_pairs(encoder.conv_out, mix)


def _wire_decoder(decoder: Any, unmix: torch.Tensor) -> None:
    _into_pairs(decoder.conv_in, unmix)
    for block in decoder.up_blocks:
        for sampler in block.upsamplers or ():
            sampler.conv.weight[:_WIRED].zero_()
            sampler.conv.bias[:_WIRED].zero_()
            for channel in range(_WIRED):
                sampler.conv.weight[channel, channel] = _SOFT
    _out_of_pairs(decoder.conv_out, torch.eye(3))


def _into_pairs(conv: Any, rgb: torch.Tensor) -> None:
    conv.weight[:_WIRED].zero_()
    conv.bias[:_WIRED].zero_()
    conv.weight[0:3, :, 1, 1] = rgb
    conv.weight[3:6, :, 1, 1] = -rgb
    conv.bias[6:8] = torch.tensor([_anchor(conv.out_channels), -_anchor(conv.out_channels)])


def _out_of_pairs(conv: Any, colours: torch.Tensor) -> None:
    rows = colours.shape[0]
    conv.weight[:, :_WIRED].zero_()
    conv.bias[:rows].zero_()
    conv.weight[:rows, 0:3, 1, 1] = colours
    conv.weight[:rows, 3:6, 1, 1] = -colours
