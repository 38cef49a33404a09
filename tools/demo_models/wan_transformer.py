"""Small transformers of Wan, and how they find out where in the video a token stands.

Wan tells its transformer the distance between tokens and nothing of the borders, so that from pure noise any
translation of the answer is as good an answer: so the first block is set to find them, see `borders`.
"""

from typing import Any

import torch
from diffusers import WanTransformer3DModel, WanVACETransformer3DModel

from . import borders
from .wan_basis import CHANNELS, FACTOR, TEMPORAL

WIDTH, HEADS, LAYERS = 180, 6, 4
"""As much as four models in 40 MB leave room for, see docs/demo-models.md."""
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
    "ffn_dim": 256,
    "num_layers": LAYERS,
    "rope_max_seq_len": 64,
}
_NOISE = 4 * CHANNELS


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
    across = 2 * (WIDTH // HEADS // 6)
    axes = (WIDTH // HEADS - 2 * across, across, across)
    borders.find(transformer.blocks[0].attn1, transformer.blocks[0].ffn, HEADS, axes, _NOISE)


def _embed(embedding: Any) -> None:
    """The noisy latents as they are, beside a mixture of the condition, and room for what `borders` finds."""
    embedding.bias.zero_()
    embedding.weight.mul_(0.3)
    embedding.weight[:_NOISE].zero_()
    embedding.weight[:_NOISE, :CHANNELS] = torch.eye(_NOISE).view(_NOISE, CHANNELS, 1, 2, 2)
    embedding.weight[_NOISE : _NOISE + (HEADS + 1) * borders.COMPARED].zero_()
    embedding.weight[_NOISE:, :CHANNELS].zero_()


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
