"""What others are told of how an output was asked for."""

import copy
import re
from enum import Flag
from typing import Any

from .models import Output

IMAGE = re.compile(r"[0-9a-f]{64}")
"""A request names a picture by the SHA-256 of its content."""


class Told(Flag):
    """The parts of a request that an owner shows or keeps."""

    NOTHING = 0
    PROMPT = 1
    REFERENCES = 2
    ALL = PROMPT | REFERENCES

    @classmethod
    def by(cls, output: Output) -> "Told":
        """What its owner lets others know. Without the prompt there is no request to speak of."""
        if not output.shows_prompt:
            return cls.NOTHING
        return cls.ALL if output.shows_references else cls.PROMPT

    @property
    def prompt(self) -> bool:
        return Told.PROMPT in self

    @property
    def references(self) -> bool:
        return Told.REFERENCES in self


def as_told(output: Output, parts: Told) -> Output:
    """The output without what is not told: what is made of it (a page, JSON, a file's name) cannot tell it either.

    Notes are their owner's alone."""
    cut = copy.copy(output)
    cut.notes = ""
    if output.imported and "receipt" not in output.get_deferred_fields():
        cut.receipt = _without_texts(output.receipt)
    if parts == Told.ALL:
        return cut
    if not parts.prompt:
        cut.prompt, cut.parameters, cut.receipt = "", {}, {}
    elif not {"parameters", "receipt"} & output.get_deferred_fields():
        cut.parameters = _without_images(output.parameters)
        cut.receipt = {name: value for name, value in cut.receipt.items() if name != "references"}
        if "request" in cut.receipt:
            cut.receipt["request"] = _without_images(cut.receipt["request"])
    return cut


def _without_images(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if not images(value)}


def _without_texts(receipt: dict[str, Any]) -> dict[str, Any]:
    """Without what a file that was brought in says, which nobody has looked through, and whose record came with it."""
    told = {name: value for name, value in receipt.get("brought_in", {}).items() if name not in ("texts", "record")}
    return {**receipt, "brought_in": told} if told else receipt


def keeps_back(output: Output, parts: Told) -> bool:
    """Whether the kept file, which has the whole request in it, says more than is told."""
    return not parts.prompt or (not parts.references and bool(images(output.parameters)))


def images(value: Any) -> set[str]:
    """The pictures that a request, or one of its values, names."""
    match value:
        case str():
            return {value} if IMAGE.fullmatch(value) else set()
        case list():
            return set().union(*map(images, value))
        case dict():
            return set().union(*map(images, value.values()))
        case _:
            return set()
