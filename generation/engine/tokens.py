"""How much of its texts a model reads. No torch: forms say it before, by the tokenizer alone, as the engine does after.

Every function is given `count`, which tells how many tokens a text has, however long, with the marks that the tokenizer
adds; `values` are those of a request, in which a text may still be missing.
"""

import html
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import ftfy

Count = Callable[[str], int]

T5_TOKENS = 512
"""What T5 and UMT5 are given of a text, the end mark included."""

_TEXTS = ("prompt", "negative_prompt")


@dataclass(frozen=True)
class Reading:
    """What a text encoder was given for a prompt, how many tokens the whole prompt has, and how many the model reads.

    The marks that a tokenizer adds count as tokens where the model has room for a fixed number with them.
    """

    text: str
    tokens: int
    read: int


def token_count(tokenizer: Any, text: str, *, marks: bool = True) -> int:
    """By a tokenizer of transformers, with the marks that it adds or without."""
    return len(tokenizer(text, add_special_tokens=marks, verbose=False).input_ids)


def counter(tokenizer: Any) -> Count:
    """`count` by a tokenizer of transformers."""
    return partial(token_count, tokenizer)


def flux_readings(count: Count, values: Mapping[str, Any]) -> dict[str, Reading]:
    """T5's. (CLIP beside it pools the first 77 tokens.)"""
    return {name: _read(count, text) for name, text in _given(values)}


def wan_readings(count: Count, values: Mapping[str, Any]) -> dict[str, Reading]:
    return {name: _read(count, prompt_clean(text)) for name, text in _given(values)}


def scored_readings(count: Count, values: Mapping[str, Any]) -> dict[str, Reading]:
    """AniSora's: the motion score that stands behind the prompt takes its part of what is read."""
    prompt, score = values["prompt"], values["motion_score"]
    if not prompt:
        return wan_readings(count, values)
    readings = wan_readings(count, {**values, "prompt": with_motion_score(count, prompt, score)})
    whole = count(_scored(prompt_clean(prompt), score))
    return {**readings, "prompt": replace(readings["prompt"], tokens=whole)}


def prompt_clean(text: str) -> str:
    """As Wan's pipelines clean a text before they read it: broken Unicode mended, entities resolved, one line."""
    return " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split())


def with_motion_score(count: Count, prompt: str, score: float) -> str:
    """The prompt with the words after it that AniSora was trained to read the motion score from.

    Of a prompt that is too long with them the end is left out, not the score.
    """
    prompt = prompt_clean(prompt)

    def too_long(length: int) -> bool:
        return count(_scored(prompt[:length], score)) > T5_TOKENS

    kept = bisect_left(range(1, len(prompt) + 1), True, key=too_long) if too_long(len(prompt)) else len(prompt)
    return _scored(prompt[:kept], score)


def _scored(prompt: str, score: float) -> str:
    return f"{prompt} aesthetic score: 5.5. motion score: {score:.1f}. There is no text in the video."


def _given(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, values[name]) for name in _TEXTS if values[name]]


def _read(count: Count, text: str) -> Reading:
    tokens = count(text)
    return Reading(text, tokens, min(tokens, T5_TOKENS))
