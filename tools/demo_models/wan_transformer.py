"""Small transformers of Wan, and how they find out where in the video a token stands.

Wan tells its transformer the distance between tokens and nothing of the borders, so that from pure noise any
translation of the answer is as good an answer. So the first block is set to find the borders: six heads look at the
neighbours to the right, left, below, above, after and before. At a border there is none, and the head sees the token
itself, which the block's feed-forward notices by their likeness.
"""

import math
from typing import Any

import torch
from diffusers import WanTransformer3DModel, WanVACETransformer3DModel

from .wan_basis import CHANNELS, FACTOR, TEMPORAL

WIDTH, HEADS, LAYERS = 192, 6, 5
CONTROLLED = [0, 2]
"""The blocks behind which VACE adds what is given."""
TEXT_WIDTH = 96
TEXT_TOKENS = 512
SHAPE: dict[str, Any] = {
    "num_attention_heads": HEADS,
    "attention_head_dim": WIDTH // HEADS,
    "out_channels": CHANNELS,
    "text_dim": TEXT_WIDTH,
    "freq_dim": 64,
    "ffn_dim": 384,
    "num_layers": LAYERS,
    "rope_max_seq_len": 64,
}
_NOISE = 4 * CHANNELS
_COMPARED = 8
"""So many numbers of the noise each head compares."""
_SHARPNESS = 5.8
_SECOND = 1.8
"""The second frequency counts for more: the first comes round after six steps."""
_FLAG = 0.15


def expert() -> WanTransformer3DModel:
    """Takes the noisy latents, one mask for every frame of a latent one, and the latents of the given frames."""
    return WanTransformer3DModel(in_channels=2 * CHANNELS + TEMPORAL, **SHAPE)


def controlled(masks: int = FACTOR**2) -> WanVACETransformer3DModel:
    """Control takes the latents of what is given, of what is not, and `masks` numbers for a latent position: one for
    every pixel of it.
    """
    control = {"vace_layers": CONTROLLED, "vace_in_channels": 2 * CHANNELS + masks}
    return WanVACETransformer3DModel(in_channels=CHANNELS, **control, **SHAPE)


@torch.no_grad()
def wire(transformer: Any) -> None:
    """Find the borders in the first block, and answer with the noise itself: an answer that only lacks the picture."""
    for block in transformer.blocks:
        block.scale_shift_table.mul_(0.1)
        block.scale_shift_table[:, [2, 5]] += 1
        block.attn1.to_out[0].weight.mul_(0.3)
        block.attn2.to_out[0].weight.mul_(0.3)
        block.ffn.net[2].weight.mul_(0.3)
    transformer.condition_embedder.time_proj.weight.mul_(0.1)
    transformer.condition_embedder.time_proj.bias.zero_()
    transformer.scale_shift_table.mul_(0.1)
    _embed(transformer.patch_embedding)
    # the answer's channels go last: (rows, columns, channels)
    transformer.proj_out.weight.mul_(0.1)
    transformer.proj_out.bias.zero_()
    passed = torch.eye(_NOISE).view(CHANNELS, 2, 2, _NOISE).permute(1, 2, 0, 3).flatten(0, 2)
    transformer.proj_out.weight[:, :_NOISE] += passed
    _look_around(transformer.blocks[0].attn1)
    _notice(transformer.blocks[0].ffn)


def _embed(embedding: Any) -> None:
    """The noisy latents as they are, beside a mixture of the condition, and room for what `_look_around` finds."""
    embedding.bias.zero_()
    embedding.weight.mul_(0.3)
    embedding.weight[:_NOISE].zero_()
    embedding.weight[:_NOISE, :CHANNELS] = torch.eye(_NOISE).view(_NOISE, CHANNELS, 1, 2, 2)
    embedding.weight[_NOISE : _NOISE + (HEADS + 1) * _COMPARED].zero_()
    embedding.weight[_NOISE:, :CHANNELS].zero_()


def _look_around(attention: Any) -> None:
    """Head by head the neighbour one step further along one axis, whatever the tokens say."""
    size = WIDTH // HEADS
    across = 2 * (size // 6)
    axes = {"time": (0, size - 2 * across), "rows": (size - 2 * across, across), "columns": (size - across, across)}
    ways = [("columns", 1), ("columns", -1), ("rows", 1), ("rows", -1), ("time", 1), ("time", -1)]
    for linear in (attention.to_q, attention.to_k, attention.to_v, attention.to_out[0]):
        linear.weight.zero_()
        linear.bias.zero_()
    attention.norm_q.weight.fill_(_SHARPNESS)
    attention.norm_k.weight.fill_(_SHARPNESS)
    for head, (way, step) in enumerate(ways):
        for axis, (start, length) in axes.items():
            turned = step if axis == way else 0
            for pair in range(length // 2):
                angle = turned * 10000 ** (-2 * pair / length)
                at = head * size + start + 2 * pair
                attention.to_k.bias[at] = 1 if pair != 1 else _SECOND
                attention.to_q.bias[at] = math.cos(angle)
                attention.to_q.bias[at + 1] = math.sin(angle)
        for number in range(_COMPARED):
            attention.to_v.weight[head * size + number, head * _COMPARED + number] = 1
            attention.to_out[0].weight[_NOISE + head * _COMPARED + number, head * size + number] = 0.8


def _notice(feed_forward: Any) -> None:
    """|a + b| - |a - b|, smoothly, is large where neighbour and token are the same."""
    into, out = feed_forward.net[0].proj, feed_forward.net[2]
    unit = 0
    for head in range(HEADS):
        flag = _NOISE + HEADS * _COMPARED + head
        out.weight[flag].zero_()
        for number in range(_COMPARED):
            mine, theirs = head * _COMPARED + number, _NOISE + head * _COMPARED + number
            for other, direction, sign in ((1, 1, 1), (1, -1, 1), (-1, 1, -1), (-1, -1, -1)):
                into.weight[unit].zero_()
                into.bias[unit] = 0
                into.weight[unit, mine], into.weight[unit, theirs] = direction, direction * other
                out.weight[:, unit].zero_()
                out.weight[flag, unit] = sign * _FLAG
                unit += 1


def freeze_borders(transformer: Any) -> None:
    transformer.blocks[0].attn1.requires_grad_(False)


class Learning:
    """Attention written out, which learns three times as fast on a CPU as the fused one, whose way back is slow.

    The text of cross-attention may be trimmed to one padding token that stands for all: n equal keys are one whose
    logit is higher by log n. `weights` (batch, tokens) are added to its logits.
    """

    def __init__(self) -> None:
        self.weights: torch.Tensor | None = None

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: None = None,
        rotary_emb: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        source = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        parts = attn.norm_q(attn.to_q(hidden_states)), attn.norm_k(attn.to_k(source)), attn.to_v(source)
        query, key, value = (part.unflatten(2, (attn.heads, -1)).transpose(1, 2) for part in parts)
        if rotary_emb is not None:
            query, key = (_turned(part, *rotary_emb) for part in (query, key))
        query, key, value = (part.to(hidden_states.dtype) for part in (query * query.shape[-1] ** -0.5, key, value))
        logits = query @ key.transpose(-1, -2)
        if encoder_hidden_states is not None and self.weights is not None:
            logits = logits + self.weights[:, None, None].to(logits.dtype)
        read = torch.softmax(logits, dim=-1, dtype=logits.dtype) @ value
        return attn.to_out[0](read.transpose(1, 2).flatten(2))


def _turned(part: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor) -> torch.Tensor:
    cosines, sines = (table.transpose(1, 2).to(part.dtype) for table in (cosines, sines))
    even, odd = part.unflatten(-1, (-1, 2)).unbind(-1)
    return part * cosines + torch.stack([-odd, even], dim=-1).flatten(-2) * sines


def attend_by(processor: Learning, transformer: Any) -> None:
    for block in [*transformer.blocks, *getattr(transformer, "vace_blocks", [])]:
        block.attn1.set_processor(processor)
        block.attn2.set_processor(processor)


def coordinates(frames: int, rows: int, columns: int, natural: float) -> torch.Tensor:
    """(tokens, 3), in their order: time from the middle in units of `natural` frames, row and column in -1 … 1."""
    times = (torch.arange(frames) - (frames - 1) / 2) / natural
    down, right = (2 * (torch.arange(count) + 0.5) / count - 1 for count in (rows, columns))
    return torch.stack(torch.meshgrid(times, down, right, indexing="ij"), dim=-1).flatten(0, 2)
