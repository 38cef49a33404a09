"""A start for the small Flux: it finds out where in the picture a token stands, and answers with the noise itself.

Flux tells its transformer the distance between tokens and nothing of the borders: see `borders`.
"""

from typing import Any

import torch
from torch import nn

from . import borders

_LOOKING = 4
"""Heads that look for a border."""
_QUIET = 0.3


@torch.no_grad()
def wire(transformer: Any) -> None:
    """For a transformer as diffusers makes it, with room beside the noise for what the heads find."""
    for block in transformer.transformer_blocks:
        for norm in (block.norm1, block.norm1_context):
            _open(norm.linear, 6, gates=(2, 5))
        for linear in (block.attn.to_out[0], block.attn.to_add_out, block.ff.net[2], block.ff_context.net[2]):
            linear.weight.mul_(_QUIET)
    for block in transformer.single_transformer_blocks:
        _open(block.norm.linear, 3, gates=(2,))
        block.proj_out.weight.mul_(_QUIET)
    _open(transformer.norm_out.linear, 2, gates=())
    noise = transformer.config.in_channels
    _pass_noise(transformer, noise)
    first = transformer.transformer_blocks[0]
    borders.find(first.attn, first.ff, _LOOKING, transformer.config.axes_dims_rope, noise)


def _open(linear: nn.Linear, chunks: int, gates: tuple[int, ...]) -> None:
    """Time and words change little yet: scales and shifts are near 0, gates near 1."""
    linear.weight.mul_(0.1)
    linear.bias.zero_()
    for index in gates:
        linear.bias.chunk(chunks)[index].fill_(1)


def _pass_noise(transformer: Any, noise: int) -> None:
    embedding, answer = transformer.x_embedder, transformer.proj_out
    embedding.weight.zero_()
    embedding.weight[:noise] = torch.eye(noise)
    embedding.bias.zero_()
    answer.weight.mul_(0.1)
    answer.weight[:, :noise] += torch.eye(noise)
    answer.bias.zero_()


def freeze_borders(transformer: Any) -> None:
    attention = transformer.transformer_blocks[0].attn
    for part in (attention.to_q, attention.to_k, attention.to_v, attention.to_out, attention.norm_q, attention.norm_k):
        part.requires_grad_(False)
