"""CLIP for the demo models: the real classes, small, with a tokenizer that reads any text without a hub."""

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

MAX_TOKENS = 77
_START, _END = "<|startoftext|>", "<|endoftext|>"
_LAYERS = 6
_LATIN = "abcdefghijklmnopqrstuvwxyz"


def clip_tokenizer(pad_token: str = _END) -> CLIPTokenizer:
    """A byte-level tokenizer that joins letter pairs; `pad_token` is "!" for the second encoder of SDXL."""
    symbols = sorted(ByteLevel.alphabet())
    merges = [(first, second + ending) for ending in ("</w>", "") for first in _LATIN for second in _LATIN]
    pieces = symbols + [symbol + "</w>" for symbol in symbols] + ["".join(pair) for pair in merges] + [_START, _END]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=pad_token, model_max_length=MAX_TOKENS)


def clip_encoder(tokenizer: CLIPTokenizer, width: int = 32, seed: int = 1) -> CLIPTextModel:
    """CLIP text encoder with random weights: (batch, 77) ids → (batch, 77, width), pooled (batch, width)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CLIPTextModel(_shape(tokenizer, width)).eval()


def projecting_clip_encoder(tokenizer: CLIPTokenizer, width: int = 64, seed: int = 2) -> CLIPTextModelWithProjection:
    """The same with a projection of the pooled output, (batch, width), as SDXL's second encoder has."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CLIPTextModelWithProjection(_shape(tokenizer, width)).eval()


def _shape(tokenizer: CLIPTokenizer, width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        projection_dim=width,
        num_hidden_layers=_LAYERS,
        num_attention_heads=4,
        max_position_embeddings=MAX_TOKENS,
        hidden_act="gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
