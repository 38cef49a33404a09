"""T5 and UMT5 for the demo models: the real classes, small, with a tokenizer that reads any text without a hub."""

from typing import Any

import torch
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel, UMT5Config, UMT5EncoderModel

MAX_TOKENS = 512
_SPACE = "▁"
_SPECIAL = ("<pad>", "</s>", "<unk>")
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"


def t5_tokenizer(max_tokens: int = MAX_TOKENS) -> PreTrainedTokenizerFast:
    """A SentencePiece-like unigram tokenizer of characters and letter pairs; what it lacks it spells in bytes."""
    pieces = Tokenizer(Unigram(_vocabulary(), unk_id=_SPECIAL.index("<unk>"), byte_fallback=True))
    pieces.normalizer = normalizers.NFKC()
    pieces.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement=_SPACE, prepend_scheme="always")]
    )
    pieces.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(replacement=_SPACE, prepend_scheme="always")]
    )
    pieces.post_processor = processors.TemplateProcessing(
        single=["$A", "</s>"], special_tokens=[("</s>", _SPECIAL.index("</s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        **dict(zip(("pad_token", "eos_token", "unk_token"), _SPECIAL, strict=True)),
        model_max_length=max_tokens,
        model_input_names=["input_ids", "attention_mask"],
    )


def t5_encoder(vocabulary: int, width: int = 32, layers: int = 2, seed: int = 0) -> T5EncoderModel:
    """T5 as Flux uses it, with random weights: (batch, tokens) → (batch, tokens, width)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return T5EncoderModel(T5Config(**_shape(vocabulary, width, layers))).eval()


def umt5_encoder(vocabulary: int, width: int = 32, layers: int = 2, seed: int = 0) -> UMT5EncoderModel:
    """UMT5 as Wan uses it, with random weights: (batch, tokens) → (batch, tokens, width)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return UMT5EncoderModel(UMT5Config(**_shape(vocabulary, width, layers))).eval()


def _shape(vocabulary: int, width: int, layers: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "d_model": width,
        "d_kv": 8,
        "d_ff": 2 * width,
        "num_layers": layers,
        "num_heads": 4,
        "feed_forward_proj": "gated-gelu",
        "relative_attention_num_buckets": 8,
        "pad_token_id": _SPECIAL.index("<pad>"),
        "eos_token_id": _SPECIAL.index("</s>"),
    }


def _vocabulary() -> list[tuple[str, float]]:
    """Pieces with their log probabilities; each pair is likelier than its two characters."""
    specials = [(name, 0.0) for name in _SPECIAL]
    spelled = [(f"<0x{byte:02X}>", -9.0) for byte in range(256)]
    characters = [(character, -4.0) for character in _SPACE + _PRINTABLE + _CYRILLIC + _CYRILLIC.upper()]
    pairs = [(first + second, -6.0) for script in (_LATIN, _CYRILLIC) for first in _SPACE + script for second in script]
    return specials + spelled + characters + pairs
