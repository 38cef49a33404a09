"""Tokenizers that know the words of the captions whole, and spell everything else: any text in any language."""

import json
import random
from collections import Counter
from collections.abc import Iterator

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, Unigram
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer, PreTrainedTokenizerFast

from .captions import caption
from .world import sample

CLIP_TOKENS, T5_TOKENS = 77, 512
_START, _END, _SUFFIX = "<|startoftext|>", "<|endoftext|>", "</w>"
_SPACE = "▁"
_SPECIAL = ("<pad>", "</s>", "<unk>")
_CAPTIONS = 12000
_SCORED = "aesthetic score: motion score: There is no text in the video."
"""The words that AniSora reads behind every prompt."""
_CLIP_PIECES = 1800
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"


def corpus(*, moving: bool = False) -> Iterator[str]:
    """Captions, the same ones every time; of moving scenes too where asked."""
    rng = random.Random(0)
    for index in range(_CAPTIONS):
        yield caption(sample(rng, "cel", moving=moving and bool(index % 2)), rng)
    if moving:
        yield _SCORED


def clip_tokenizer(pad_token: str = _END) -> CLIPTokenizer:
    """Byte-level BPE; `pad_token` is "!" for the second encoder of SDXL."""
    blank = CLIPTokenizer(vocab={_START: 0, _END: 1}, merges=[]).backend_tokenizer
    symbols = sorted(ByteLevel.alphabet())
    learner = Tokenizer(BPE(end_of_word_suffix=_SUFFIX))
    learner.normalizer, learner.pre_tokenizer = blank.normalizer, blank.pre_tokenizer
    trainer = BpeTrainer(
        vocab_size=_CLIP_PIECES,
        initial_alphabet=symbols,
        end_of_word_suffix=_SUFFIX,
        min_frequency=3,
        show_progress=False,
    )
    learner.train_from_iterator(corpus(), trainer)
    merges = [(first, second) for first, second in json.loads(learner.to_str())["model"]["merges"]]
    spelled = symbols + [symbol + _SUFFIX for symbol in symbols]
    pieces = dict.fromkeys([*spelled, *(first + second for first, second in merges), _START, _END])
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=pad_token, model_max_length=CLIP_TOKENS)


def t5_tokenizer(*, moving: bool = False) -> PreTrainedTokenizerFast:
    """A SentencePiece-like unigram tokenizer: words, then letter pairs and letters, then bytes."""
    pieces = Tokenizer(Unigram(_unigrams(moving), unk_id=_SPECIAL.index("<unk>"), byte_fallback=True))
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
        model_max_length=T5_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
    )


def _unigrams(moving: bool) -> list[tuple[str, float]]:
    """Pieces with their log probabilities: a word is likelier than its parts, a pair than its two letters."""
    specials = [(name, 0.0) for name in _SPECIAL]
    spelled = [(f"<0x{byte:02X}>", -9.0) for byte in range(256)]
    characters = [(character, -4.0) for character in _SPACE + _PRINTABLE + _CYRILLIC + _CYRILLIC.upper()]
    pairs = [(first + second, -6.0) for script in (_LATIN, _CYRILLIC) for first in _SPACE + script for second in script]
    counted = Counter(word.strip(".,:") for text in corpus(moving=moving) for word in text.split())
    known = {piece for piece, _ in (*characters, *pairs)}
    words = [(_SPACE + word, -6.5) for word in sorted(counted) if _SPACE + word not in known]
    return specials + spelled + characters + pairs + words
