"""A start for the decoder of the video autoencoder: of all that its linear path can do, the best, by least squares.

Residual blocks begin at zero. Each upsampling convolution then estimates the components of smaller patches from those
of larger ones, and the last convolution the pixels. As in `wiring`, one channel of the finest level is a constant so
large that norms divide by it alone.
"""

import random
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from torch.nn import functional

from .render import render
from .wan_basis import FACTOR, PATCH, Basis, blocks
from .world import sample

_ANCHOR = 16.0
_LIFT = 1.0
_PICTURES = 60
_RIDGE = 1e-3
_NOW = 2


@torch.no_grad()
def wire_decoder(vae: AutoencoderKLWan, components: Basis) -> None:
    decoder = vae.decoder
    _silence(decoder)
    vae.post_quant_conv.weight[:, :, 0, 0, 0] = torch.eye(vae.config.z_dim)
    vae.post_quant_conv.bias.zero_()
    latents, middle, fine, pixels = _examples(components)
    decoder.conv_in.weight[: vae.config.z_dim].zero_()
    decoder.conv_in.weight[: vae.config.z_dim, :, _NOW, 1, 1] = torch.eye(vae.config.z_dim)
    decoder.conv_in.bias.zero_()
    for block in decoder.up_blocks:
        for resnet in block.resnets:
            if hasattr(resnet.conv_shortcut, "weight"):
                _pass_on(resnet.conv_shortcut)
    for block in decoder.up_blocks[:-1]:
        _repeat_in_time(block.upsamplers[0].time_conv)
    first, second = (block.upsamplers[0].resample[1] for block in decoder.up_blocks[:-1])
    field = _estimate(first, latents, middle, anchored=False)
    field = _estimate(second, field, fine, anchored=True)
    width = field.shape[1] ** 0.5
    for norm in [resnet.norm1 for resnet in decoder.up_blocks[-1].resnets] + [decoder.norm_out]:
        norm.gamma.fill_(_ANCHOR / width)
    field = functional.silu(decoder.norm_out(field.unsqueeze(2))[:, :, 0])
    solution = _solve(functional.unfold(field, 3, padding=1), pixels.flatten(2))
    decoder.conv_out.weight.mul_(0.1)
    decoder.conv_out.weight[:, :, _NOW] = solution[:-1].T.unflatten(1, (-1, 3, 3))
    decoder.conv_out.bias[:] = solution[-1]


def _silence(decoder: Any) -> None:
    for module in decoder.modules():
        if hasattr(module, "conv_shortcut"):
            module.conv2.weight.zero_()
            module.conv2.bias.zero_()
    for attention in decoder.mid_block.attentions:
        attention.proj.weight.zero_()
        attention.proj.bias.zero_()


def _pass_on(shortcut: Any) -> None:
    inputs = shortcut.weight.shape[1]
    shortcut.weight[:inputs].zero_()
    torch.diagonal(shortcut.weight[:inputs, :, 0, 0, 0]).fill_(1)
    shortcut.bias.zero_()


def _repeat_in_time(conv: Any) -> None:
    conv.weight.zero_()
    conv.bias.zero_()
    for half in conv.weight.chunk(2):
        torch.diagonal(half[:, :, _NOW, 0, 0]).fill_(1)


def _estimate(conv: Any, field: torch.Tensor, wanted: torch.Tensor, *, anchored: bool) -> torch.Tensor:
    """Set `conv`, behind an upsampling of `field` (of which it has perhaps more channels), to estimate `wanted`; other
    outputs pass on what comes first.
    """
    inputs, count, outputs = field.shape[1], wanted.shape[1], conv.weight.shape[0]
    larger = functional.interpolate(field, scale_factor=2, mode="nearest-exact")
    solution = _solve(functional.unfold(larger, 3, padding=1), wanted.flatten(2))
    conv.weight.zero_()
    conv.bias.zero_()
    conv.weight[:count, :inputs] = solution[:-1].T.unflatten(1, (-1, 3, 3))
    conv.bias[:count] = solution[-1] + (_LIFT if anchored else 0)
    spare = range(count, outputs - anchored)
    for source, output in enumerate(spare):
        conv.weight[output, source, 1, 1] = 1
    if anchored:
        conv.bias[-1] = _ANCHOR
    weight = conv.weight[:, :inputs]
    return functional.conv2d(larger, weight, conv.bias, padding=1)


def _solve(features: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Least squares from (n, features, places) to (n, outputs, places): (features + 1, outputs), the constant last."""
    inputs = features.movedim(1, -1).flatten(0, 1).double()
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=torch.float64)], dim=1)
    gram = inputs.T @ inputs
    gram.diagonal().add_(_RIDGE * len(inputs))
    return torch.linalg.solve(gram, inputs.T @ wanted.movedim(1, -1).flatten(0, 1).double()).float()


def _examples(components: Basis) -> tuple[torch.Tensor, ...]:
    """Latents, the components of patches of 16 and of 8 pixels (about 1 in size), and the pixels of the latter."""
    rng = random.Random(5)
    pictures = np.stack([render(sample(rng, rng.choice(("cel", "lit"))), 512, 512) for _ in range(_PICTURES)])
    picker = np.random.default_rng(5)
    side = 5 * FACTOR
    cut = []
    for picture in pictures:
        for _ in range(3):
            y, x = (picker.integers(0, 512 - side) // FACTOR * FACTOR for _ in range(2))
            cut.append(picture[y : y + side, x : x + side])
    crops = np.stack(cut)
    values = crops.astype(np.float32) / 127.5 - 1
    first, second, _ = components.stages
    fine = (blocks(values, PATCH) - first.mean) @ first.matrix
    middle = (blocks(fine, 2) - second.mean) @ second.matrix
    by_channel = blocks(values, PATCH).reshape(*fine.shape[:3], PATCH, PATCH, 3).transpose(0, 5, 4, 3, 1, 2)
    return (
        torch.from_numpy(components.encode(crops)),
        torch.from_numpy(middle / 8).movedim(-1, 1),
        torch.from_numpy(fine / 4).movedim(-1, 1),
        torch.from_numpy(np.ascontiguousarray(by_channel)).flatten(1, 3),
    )
