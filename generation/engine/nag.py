"""Negative prompts without classifier-free guidance: normalized attention guidance, arXiv 2505.21179.

Every attention to text is made twice, with the prompt and with the negative prompt. What the picture's tokens get is
moved away from the negative's result, held to a multiple of the prompt's own L1 norm, and blended back. The norms are
those of the attention itself, before its output projection.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import FluxTransformer2DModel, UNet2DConditionModel, WanTransformer3DModel, WanVACETransformer3DModel
from diffusers.models.attention_dispatch import dispatch_attention_fn
from diffusers.models.attention_processor import Attention
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_flux import FluxAttention
from diffusers.models.transformers.transformer_wan import WanAttention


@dataclass(frozen=True)
class Guidance:
    """How far to go. `scale` extrapolates (1: not at all), `tau` bounds the growth of the L1 norm, `alpha` blends."""

    scale: float
    tau: float = 2.5
    alpha: float = 0.25

    def apply(self, positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
        """Guided features from those with the prompt and with the negative, all (batch, tokens, channels)."""
        extended = positive * self.scale - negative * (self.scale - 1)
        allowed = self.tau * _l1(positive) / _l1(extended).clamp(min=torch.finfo(torch.float32).tiny)
        limited = extended * allowed.clamp(max=1).to(extended.dtype)
        return limited * self.alpha + positive * (1 - self.alpha)


FLUX = Guidance(scale=5.0)
WAN = Guidance(scale=11.0)
SDXL = Guidance(scale=3.0, alpha=0.5)


@contextmanager
def negative_guidance(
    transformers: Iterable[torch.nn.Module], negative: torch.Tensor | None, guidance: Guidance | None = None
) -> Iterator[None]:
    """Steer networks of Flux, Wan and SDXL away from `negative` while the context lasts; None installs nothing at all.

    `negative` is the negative prompt as the networks take prompts: (1, tokens, width) from the text encoder.
    Without `guidance` each family takes its own, FLUX, WAN or SDXL. Raises TypeError for another kind of network.
    """
    with ExitStack() as removal:
        if negative is not None:
            for transformer in transformers:
                _install(transformer, negative, guidance, removal)
        yield


def _install(
    transformer: torch.nn.Module, negative: torch.Tensor, guidance: Guidance | None, removal: ExitStack
) -> None:
    attentions: list[Any]
    processor: _FluxProcessor | _WanProcessor | _SdxlProcessor
    if isinstance(transformer, FluxTransformer2DModel):
        attentions = [module for module in transformer.modules() if isinstance(module, FluxAttention)]
        processor = _FluxProcessor(negative, guidance or FLUX)
        processor.backend = attentions[0].processor._attention_backend
        hook = transformer.register_forward_pre_hook(processor.append_negative, with_kwargs=True)
        removal.callback(hook.remove)
    elif isinstance(transformer, WanTransformer3DModel | WanVACETransformer3DModel):
        found = (module for module in transformer.modules() if isinstance(module, WanAttention))
        attentions = [module for module in found if module.is_cross_attention]
        processor = _WanProcessor(negative, guidance or WAN)
        processor.backend = attentions[0].processor._attention_backend
        hook = transformer.condition_embedder.register_forward_hook(processor.embed_negative)
        removal.callback(hook.remove)
    elif isinstance(transformer, UNet2DConditionModel):
        every = (module for module in transformer.modules() if isinstance(module, Attention))
        attentions = [module for module in every if module.is_cross_attention]
        processor = _SdxlProcessor(negative, guidance or SDXL)
    else:
        raise TypeError(f"Negative guidance knows no {type(transformer).__name__}.")
    for attention in attentions:
        removal.callback(attention.set_processor, attention.processor)
        attention.set_processor(processor)


class _FluxProcessor:
    """Joint attention over prompt, negative and image tokens, in this order.

    The negative's tokens run through all blocks beside the prompt's. Image tokens exist once: they attend to
    themselves with the prompt, then with the negative, and take the guided result.
    """

    backend: Any = None

    def __init__(self, negative: torch.Tensor, guidance: Guidance) -> None:
        self.negative = negative
        self.guidance = guidance
        self.prompt_tokens = 0

    def append_negative(
        self, transformer: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Forward pre-hook of the transformer: the negative follows the prompt; text has no positions in Flux."""
        prompt, ids = kwargs["encoder_hidden_states"], kwargs["txt_ids"]
        self.prompt_tokens = prompt.shape[1]
        negative = self.negative.to(prompt).expand(prompt.shape[0], -1, -1)
        text = torch.cat([prompt, negative], dim=1)
        return args, kwargs | {"encoder_hidden_states": text, "txt_ids": ids.new_zeros(text.shape[1], ids.shape[1])}

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        image_rotary_emb: Any = None,
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        query = attn.norm_q(_heads(attn.to_q(hidden_states), attn.head_dim))
        key = attn.norm_k(_heads(attn.to_k(hidden_states), attn.head_dim))
        value = _heads(attn.to_v(hidden_states), attn.head_dim)
        if encoder_hidden_states is not None:
            text_query = attn.norm_added_q(_heads(attn.add_q_proj(encoder_hidden_states), attn.head_dim))
            text_key = attn.norm_added_k(_heads(attn.add_k_proj(encoder_hidden_states), attn.head_dim))
            text_value = _heads(attn.add_v_proj(encoder_hidden_states), attn.head_dim)
            query, key, value = (
                torch.cat(pair, dim=1) for pair in ((text_query, query), (text_key, key), (text_value, value))
            )
        query = apply_rotary_emb(query, image_rotary_emb, sequence_dim=1)
        key = apply_rotary_emb(key, image_rotary_emb, sequence_dim=1)

        text, image = self._attend(query, key, value, attention_mask)
        if encoder_hidden_states is None:
            return torch.cat([text, image], dim=1)
        return attn.to_out[1](attn.to_out[0](image)), attn.to_add_out(text)

    def _attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Text (prompt, then negative) and guided image features."""
        end_of_prompt, end_of_text = self.prompt_tokens, self.prompt_tokens + self.negative.shape[1]
        with_prompt = [
            torch.cat([part[:, :end_of_prompt], part[:, end_of_text:]], dim=1) for part in (query, key, value)
        ]
        with_negative = [part[:, end_of_prompt:] for part in (query, key, value)]
        positive, negative = (
            dispatch_attention_fn(*parts, attn_mask=mask, backend=self.backend).flatten(2, 3)
            for parts in (with_prompt, with_negative)
        )
        prompt, image = positive[:, :end_of_prompt], positive[:, end_of_prompt:]
        refused, away = negative[:, : self.negative.shape[1]], negative[:, self.negative.shape[1] :]
        return torch.cat([prompt, refused], dim=1), self.guidance.apply(image, away)


class _WanProcessor:
    """Cross attention of Wan and VACE blocks to the prompt and the negative; image tokens of image2video join after."""

    backend: Any = None

    def __init__(self, negative: torch.Tensor, guidance: Guidance) -> None:
        self.negative = negative
        self.guidance = guidance
        self.embedded = negative
        self.prompt_tokens = 0

    def embed_negative(self, embedder: Any, args: tuple[Any, ...], output: tuple[Any, ...]) -> None:
        """Forward hook of the condition embedder, which runs before the blocks and where its weights are."""
        prompt = output[2]
        self.prompt_tokens = prompt.shape[1]
        self.embedded = embedder.text_embedder(self.negative.to(prompt)).expand(prompt.shape[0], -1, -1)

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        rotary_emb: Any = None,
    ) -> torch.Tensor:
        query = attn.norm_q(attn.to_q(hidden_states))
        prompt = encoder_hidden_states[:, -self.prompt_tokens :]
        positive, negative = (
            _attend(attn.heads, query, attn.norm_k(attn.to_k(text)), attn.to_v(text), attention_mask, self.backend)
            for text in (prompt, self.embedded)
        )
        guided = self.guidance.apply(positive, negative)
        if attn.add_k_proj is not None:
            picture = encoder_hidden_states[:, : -self.prompt_tokens]
            key = attn.norm_added_k(attn.add_k_proj(picture))
            guided = guided + _attend(attn.heads, query, key, attn.add_v_proj(picture), None, self.backend)
        return attn.to_out[1](attn.to_out[0](guided))


class _SdxlProcessor:
    """Cross attention of the U-Net's blocks. SDXL norms neither queries nor keys, and masks no text."""

    def __init__(self, negative: torch.Tensor, guidance: Guidance) -> None:
        self.negative = negative
        self.guidance = guidance

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        attention_mask: None = None,
    ) -> torch.Tensor:
        query, prompt = attn.to_q(hidden_states), encoder_hidden_states
        refused = self.negative.to(prompt).expand(prompt.shape[0], -1, -1)
        positive, negative = (
            _attend(attn.heads, query, attn.to_k(text), attn.to_v(text)) for text in (prompt, refused)
        )
        return attn.to_out[1](attn.to_out[0](self.guidance.apply(positive, negative)))


def _attend(
    heads: int,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
    backend: Any = None,
) -> torch.Tensor:
    """Attention's features before the output projection; everything is (batch, tokens, channels)."""
    size = query.shape[-1] // heads
    return dispatch_attention_fn(
        _heads(query, size), _heads(key, size), _heads(value, size), attn_mask=mask, backend=backend
    ).flatten(2, 3)


def _heads(features: torch.Tensor, size: int) -> torch.Tensor:
    return features.unflatten(-1, (-1, size))


def _l1(features: torch.Tensor) -> torch.Tensor:
    return torch.linalg.vector_norm(features, ord=1, dim=-1, keepdim=True, dtype=torch.float32)
