"""A start for the small Flux: it finds out where in the picture a token stands, and answers with the noise itself.

Flux tells its transformer the distance between tokens and nothing of the borders. So the first block is set to find
them: four heads look at the neighbours to the right, left, below and above. At a border there is none, and the head
sees the token itself, which the block's feed-forward notices by their likeness.
"""

import math
from typing import Any

import torch
from torch import nn

_WAYS = (("columns", 1), ("columns", -1), ("rows", 1), ("rows", -1))
_COMPARED = 8
"""So many numbers of the noise each head compares."""
_SHARPNESS = 5.8
_SECOND = 1.8
"""The second frequency counts for more: the first comes round after six steps."""
_FLAG = 0.15
_QUIET = 0.3
_THETA = 10000


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
    _look_around(transformer.transformer_blocks[0].attn, noise, transformer.config.axes_dims_rope)
    _notice(transformer.transformer_blocks[0].ff, noise)


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


def _look_around(attention: Any, noise: int, axes_of_heads: list[int]) -> None:
    """Head by head the neighbour one step further along one axis, whatever the tokens say."""
    size = sum(axes_of_heads)
    depth, rows, columns = axes_of_heads
    axes = {"depth": (0, depth), "rows": (depth, rows), "columns": (depth + rows, columns)}
    for linear in (attention.to_q, attention.to_k, attention.to_v, attention.to_out[0]):
        linear.weight.zero_()
        linear.bias.zero_()
    attention.norm_q.weight.fill_(_SHARPNESS)
    attention.norm_k.weight.fill_(_SHARPNESS)
    for head, (way, step) in enumerate(_WAYS):
        for axis, (start, length) in axes.items():
            turned = step if axis == way else 0
            for pair in range(length // 2):
                angle = turned * _THETA ** (-2 * pair / length)
                at = head * size + start + 2 * pair
                attention.to_k.bias[at] = 1 if pair != 1 else _SECOND
                attention.to_q.bias[at] = math.cos(angle)
                attention.to_q.bias[at + 1] = math.sin(angle)
        for number in range(_COMPARED):
            attention.to_v.weight[head * size + number, head * _COMPARED + number] = 1
            attention.to_out[0].weight[noise + head * _COMPARED + number, head * size + number] = 0.8


def _notice(feed_forward: Any, noise: int) -> None:
    """|a + b| - |a - b|, smoothly, is large where neighbour and token are the same."""
    into, out = feed_forward.net[0].proj, feed_forward.net[2]
    unit = 0
    for head in range(len(_WAYS)):
        flag = noise + len(_WAYS) * _COMPARED + head
        out.weight[flag].zero_()
        for number in range(_COMPARED):
            mine, theirs = head * _COMPARED + number, noise + head * _COMPARED + number
            for other, direction, sign in ((1, 1, 1), (1, -1, 1), (-1, 1, -1), (-1, -1, -1)):
                into.weight[unit].zero_()
                into.bias[unit] = 0
                into.weight[unit, mine], into.weight[unit, theirs] = direction, direction * other
                out.weight[:, unit].zero_()
                out.weight[flag, unit] = sign * _FLAG
                unit += 1


def freeze_borders(transformer: Any) -> None:
    attention = transformer.transformer_blocks[0].attn
    for part in (attention.to_q, attention.to_k, attention.to_v, attention.to_out, attention.norm_q, attention.norm_k):
        part.requires_grad_(False)
