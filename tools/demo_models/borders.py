"""How a transformer that is told only the distance between tokens begins by finding the borders.

Heads of its first attention look at the neighbours to the right, left, below, above, and after and before where there
is time. At a border there is none: the head sees the token itself, which the feed-forward notices by their likeness.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch

_TIME, _ROWS, _COLUMNS = range(3)
_WAYS = ((_COLUMNS, 1), (_COLUMNS, -1), (_ROWS, 1), (_ROWS, -1), (_TIME, 1), (_TIME, -1))
COMPARED = 8
"""So many numbers of the noise each head compares."""
_SHARPNESS = 5.8
_SECOND = 1.8
"""The second frequency counts for more: the first comes round after six steps."""
_FLAG = 0.15
_THETA = 10000


@torch.no_grad()
def find(attention: Any, feed_forward: Any, heads: int, axes: Sequence[int], noise: int) -> None:
    """Set so many heads of a first block, whose tokens begin with `noise` numbers. `axes` are the numbers of a head
    that are turned by the token's place in time, row and column.

    What the heads see follows the noise, `COMPARED` numbers for each; then one flag for each.
    """
    _look_around(attention, heads, axes, noise)
    _notice(feed_forward, heads, noise)


def _look_around(attention: Any, heads: int, axes: Sequence[int], noise: int) -> None:
    """Head by head the neighbour one step further along one axis, whatever the tokens say."""
    size = sum(axes)
    for linear in (attention.to_q, attention.to_k, attention.to_v, attention.to_out[0]):
        linear.weight.zero_()
        linear.bias.zero_()
    attention.norm_q.weight.fill_(_SHARPNESS)
    attention.norm_k.weight.fill_(_SHARPNESS)
    for head, (way, step) in enumerate(_WAYS[:heads]):
        for axis, length in enumerate(axes):
            turned = step if axis == way else 0
            for pair in range(length // 2):
                angle = turned * _THETA ** (-2 * pair / length)
                at = head * size + sum(axes[:axis]) + 2 * pair
                attention.to_k.bias[at] = 1 if pair != 1 else _SECOND
                attention.to_q.bias[at] = math.cos(angle)
                attention.to_q.bias[at + 1] = math.sin(angle)
        for number in range(COMPARED):
            attention.to_v.weight[head * size + number, head * COMPARED + number] = 1
            attention.to_out[0].weight[noise + head * COMPARED + number, head * size + number] = 0.8


def _notice(feed_forward: Any, heads: int, noise: int) -> None:
    """|a + b| - |a - b|, smoothly, is large where neighbour and token are the same."""
    into, out = feed_forward.net[0].proj, feed_forward.net[2]
    unit = 0
    for head in range(heads):
        flag = noise + heads * COMPARED + head
        out.weight[flag].zero_()
        for number in range(COMPARED):
            mine, theirs = head * COMPARED + number, noise + head * COMPARED + number
            for other, direction, sign in ((1, 1, 1), (1, -1, 1), (-1, 1, -1), (-1, -1, -1)):
                into.weight[unit].zero_()
                into.bias[unit] = 0
                into.weight[unit, mine], into.weight[unit, theirs] = direction, direction * other
                out.weight[:, unit].zero_()
                out.weight[flag, unit] = sign * _FLAG
                unit += 1
