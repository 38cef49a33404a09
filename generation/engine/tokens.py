"""How much of a prompt a model reads."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reading:
    """What a text encoder was given for a prompt, how many tokens the whole prompt has, and how many the model reads.

    The marks that a tokenizer adds count as tokens where the model has room for a fixed number with them.
    """

    text: str
    tokens: int
    read: int


def token_count(tokenizer: Any, text: str, *, marks: bool = True) -> int:
    """How many tokens a text has, however long, with the marks that the tokenizer adds or without."""
    return len(tokenizer(text, add_special_tokens=marks, verbose=False).input_ids)


def read_up_to(limit: int, tokenizer: Any, text: str) -> Reading:
    """By a model that reads the first `limit` tokens of a text, its end mark included."""
    tokens = token_count(tokenizer, text)
    return Reading(text, tokens, min(tokens, limit))
