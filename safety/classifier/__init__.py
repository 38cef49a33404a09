"""Judging pictures by their pixels. Which classifier does it is a setting; whoever keeps to the protocol can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

from PIL import Image

from safety.ratings import Rating

OPEN_NSFW = "safety.classifier.open_nsfw.OpenNSFW"


@dataclass(frozen=True)
class Judgement:
    """`rating` is never UNRATED. `facts` are numbers for moderators, such as the classifier's score."""

    rating: Rating
    facts: Mapping[str, float] = field(default_factory=dict)


class Classifier(Protocol):
    """Made without arguments, once for each process, when the first picture comes."""

    def rate(self, images: Sequence[Image.Image]) -> Judgement:
        """The judgement of one work: a picture, or some frames of a video, of which the worst counts."""


def load(path: str) -> Classifier:
    """The classifier that a dotted path names. Raises ImportError where there is none."""
    module, _, name = path.rpartition(".")
    try:
        made = getattr(import_module(module), name)
    except (AttributeError, ValueError) as error:
        raise ImportError(f"There is no classifier {path}.") from error
    return cast(Classifier, made())
