"""Lessons in reading: what a caption says must be told from vectors that stand for the whole of it.

A denoiser teaches its text encoders what words mean only by way of the pixels, which takes many thousand steps. Asked
directly, they learn it in a minute or two, and the denoiser then has something to go by. The probes are thrown away.
"""

import random
from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn import functional

from .captions import caption
from .world import BACKGROUNDS, COLOURS, MOTIONS, PLACES, SHAPES, SIZES, SPEEDS, Motion, Scene, Style, sample

WORDS: dict[str, Sequence[str]] = {
    "shape": SHAPES,
    "colour": COLOURS,
    "place": tuple(PLACES),
    "size": tuple(SIZES),
    "background": BACKGROUNDS,
}
MOVING_WORDS: dict[str, Sequence[str]] = WORDS | {"kind": MOTIONS, "speed": tuple(SPEEDS)}
_LESSON = 128
"""Captions to a lesson."""
_NOT_ASKED = -100


class Probes(nn.Module):
    """A linear reader for each kind of word on vectors (n, width)."""

    def __init__(self, width: int, words: Mapping[str, Sequence[str]] = WORDS) -> None:
        super().__init__()
        self.words = words
        self.readers = nn.ModuleDict({name: nn.Linear(width, len(each)) for name, each in words.items()})

    def forward(self, read: torch.Tensor, scenes: Sequence[Scene]) -> tuple[torch.Tensor, dict[str, float]]:
        """The mean cross-entropy of all kinds, and each by its name. Scenes of two things are asked for the ground."""
        losses = {name: self._loss(name, read, scenes) for name in self.words}
        return torch.stack(list(losses.values())).mean(), {name: loss.item() for name, loss in losses.items()}

    def _loss(self, name: str, read: torch.Tensor, scenes: Sequence[Scene]) -> torch.Tensor:
        labels = torch.tensor([_label(scene, name, self.words[name]) for scene in scenes])
        total = functional.cross_entropy(self.readers[name](read), labels, ignore_index=_NOT_ASKED, reduction="sum")
        return total / max(1, int((labels != _NOT_ASKED).sum()))


def _label(scene: Scene, name: str, words: Sequence[str]) -> int:
    if name == "background":
        return words.index(scene.background)
    if len(scene.things) != 1:
        return _NOT_ASKED
    said = scene.motion or Motion() if name in ("kind", "speed") else scene.things[0]
    return words.index(getattr(said, name))


def lesson(style: Style, rng: random.Random, *, moving: bool = False) -> tuple[list[Scene], list[str]]:
    """Fresh scenes, and a caption for each."""
    scenes = [sample(rng, style, moving=moving) for _ in range(_LESSON)]
    return scenes, [caption(scene, rng) for scene in scenes]
