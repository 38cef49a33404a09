"""Prompts as the community writes them → the embeddings of SDXL, whatever their length.

Emphasis is AUTOMATIC1111's: `(word)` weighs 1.1, `(word:1.3)` 1.3, `[word]` 1/1.1, they nest and multiply, a backslash
before a bracket makes it a letter, and BREAK begins a new chunk of 77 tokens. compel weighs the embeddings; its own
syntax is not read, so nothing that a person types can be taken for it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from compel import Compel, CompelForSDXL
from compel.prompt_parser import Conjunction, FlattenedPrompt
from diffusers import StableDiffusionXLPipeline
from torch import nn

from generation.engine.cache import Remember, Tensors, anew
from generation.engine.tokens import Reading, token_count

_TOKEN = re.compile(
    r"""
    \\(?P<escaped>[()\[\]\\])
    | (?P<open>[(\[])
    | :\s*(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))\s*\)
    | (?P<close>[)\]])
    | (?P<text>[^\\()\[\]:]+|[\\:])
    """,
    re.VERBOSE,
)
_BREAK = re.compile(r"\s*\bBREAK\b\s*")
_EMPHASIS = 1.1
_OPENER = {")": "(", "]": "["}
_FACTOR = {"(": _EMPHASIS, "[": 1 / _EMPHASIS}


@dataclass
class Piece:
    """A stretch of text with one weight."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class Embeddings:
    """What SDXL reads: `prompt`, `negative` (1, n·77, width) and their pooled (1, width)."""

    prompt: torch.Tensor
    pooled: torch.Tensor
    negative: torch.Tensor
    negative_pooled: torch.Tensor


def parse(prompt: str) -> list[list[Piece]]:
    """The chunks between BREAKs, each in pieces of equal weight without empty ones.

    A bracket that was never closed weighs all that follows it; one that was never opened is a letter.
    """
    chunks: list[list[Piece]] = [[]]
    for piece in _weighted(prompt):
        for index, text in enumerate(_BREAK.split(piece.text)):
            if index:
                chunks.append([])
            if text:
                _append(chunks[-1], Piece(text, piece.weight))
    return [[piece for piece in chunk if piece.text.strip()] for chunk in chunks]


def written(chunks: list[list[Piece]]) -> str:
    """A prompt that says the same with one weight for each stretch."""
    return " BREAK ".join("".join(_written(piece) for piece in chunk) for chunk in chunks)


def _written(piece: Piece) -> str:
    text = re.sub(r"[()\[\]\\]", r"\\\g<0>", piece.text)
    return text if piece.weight == 1 else f"({text}:{piece.weight:.4g})"


def _weighted(prompt: str) -> list[Piece]:
    pieces: list[Piece] = []
    opened: list[tuple[str, int]] = []

    def close(bracket: str, factor: float) -> bool:
        """Weigh what stands behind the last such bracket; False if none is open."""
        place = next((n for n in reversed(range(len(opened))) if opened[n][0] == bracket), None)
        if place is None:
            return False
        for piece in pieces[opened.pop(place)[1] :]:
            piece.weight *= factor
        return True

    for token in _TOKEN.finditer(prompt):
        bracket = _OPENER.get(token["close"], "(")
        factor = float(token["weight"] or _FACTOR[bracket])
        if token["open"]:
            opened.append((token["open"], len(pieces)))
        elif not (token["weight"] or token["close"]) or not close(bracket, factor):
            pieces.append(Piece(token["escaped"] or token[0]))
    while opened:
        close(opened[-1][0], _FACTOR[opened[-1][0]])
    return pieces


def _append(chunk: list[Piece], piece: Piece) -> None:
    if chunk and chunk[-1].weight == piece.weight:
        chunk[-1].text += piece.text
    else:
        chunk.append(piece)


def encode_sdxl(
    pipe: StableDiffusionXLPipeline, prompt: str, negative_prompt: str, clip_skip: int, remember: Remember = anew
) -> Embeddings:
    """Embeddings of any length: chunks of 77 tokens one after another, both prompts padded to the same number.

    No negative prompt is zeros where the pipeline was trained so.
    """

    def encoded(text: str) -> Tensors:
        return remember((text, clip_skip), partial(_text, pipe, text, clip_skip))

    positive, pooled = encoded(prompt)
    if negative_prompt or not pipe.config.force_zeros_for_empty_prompt:
        negative, negative_pooled = encoded(negative_prompt)
    else:
        negative, negative_pooled = torch.zeros_like(positive), torch.zeros_like(pooled)
    length = max(positive.shape[1], negative.shape[1])
    if positive.shape != negative.shape:
        empty, _ = encoded("")
        positive, negative = (_padded(each, length, empty) for each in (positive, negative))
    return Embeddings(positive, pooled, negative, negative_pooled)


@torch.no_grad()
def _text(pipe: StableDiffusionXLPipeline, text: str, clip_skip: int) -> Tensors:
    """(1, n·77, width) and pooled (1, width)."""
    compel, chunks = CompelForSDXL(pipe, device=pipe._execution_device), parse(text)
    with _skipping((pipe.text_encoder, pipe.text_encoder_2), clip_skip):
        sides = [_encoded(encoder, chunks) for encoder in (compel.compel_1, compel.compel_2)]
    # compel puts what it makes where the encoder lies, which may be away already.
    return torch.cat([side.to(pipe._execution_device) for side in sides], dim=-1), _pooled(compel.compel_2, chunks)


def _padded(embeddings: torch.Tensor, length: int, empty: torch.Tensor) -> torch.Tensor:
    """Chunks of the empty prompt fill up (1, n·77, width) to `length` tokens."""
    return torch.cat([embeddings, empty.repeat(1, (length - embeddings.shape[1]) // empty.shape[1], 1)], dim=1)


def reading(tokenizer: Any, text: str) -> Reading:
    """All is read, however long."""
    chunks = parse(text)
    tokens = sum(token_count(tokenizer, piece.text, marks=False) for chunk in chunks for piece in chunk)
    return Reading(written(chunks), tokens, tokens)


def _encoded(encoder: Compel, chunks: list[list[Piece]]) -> torch.Tensor:
    """(1, n·77, width)."""
    prompts = [FlattenedPrompt([(piece.text, piece.weight) for piece in chunk] or [("", 1.0)]) for chunk in chunks]
    embeddings, _ = encoder.build_conditioning_tensor_for_conjunction(Conjunction(prompts))
    return embeddings


def _pooled(encoder: Compel, chunks: list[list[Piece]]) -> torch.Tensor:
    """(1, width), of the first 77 tokens: CLIP pools no more."""
    text = " ".join(piece.text for chunk in chunks for piece in chunk)
    return encoder.conditioning_provider.get_pooled_embeddings([text], device=encoder.device)


@contextmanager
def _skipping(encoders: Sequence[nn.Module], clip_skip: int) -> Iterator[None]:
    """Let the encoders show layer `clip_skip` from the end (1 is the last) where SDXL reads: second from the end."""

    def shift(module: nn.Module, inputs: Any, output: Any) -> Any:
        if output.hidden_states is not None:
            states = output.hidden_states
            output.hidden_states = (*states, states[-1])[: len(states) + 2 - clip_skip]
        return output

    hooks = [encoder.register_forward_hook(shift) for encoder in encoders]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
