"""The words that the engine and its callers share. No torch here, so that importing it costs nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from PIL import Image


class Stage(StrEnum):
    LOADING = "loading"
    ENCODING = "encoding prompt"
    DENOISING = "denoising"
    DECODING = "decoding"
    SAVING = "saving"


@dataclass(frozen=True)
class Progress:
    """Where a run stands. `step` of `steps` counts the denoising steps of this variant; `preview` draws the picture as
    it is now (small, RGB), and costs something only when called."""

    stage: Stage
    step: int = 0
    steps: int = 0
    variant: int = 0
    variants: int = 1
    preview: Callable[[], Image.Image] | None = field(default=None, compare=False)

    @property
    def fraction(self) -> float:
        """0 … 1 over all variants. Denoising is nearly all of the work."""
        within = {
            Stage.LOADING: 0.0,
            Stage.ENCODING: 0.02,
            Stage.DENOISING: 0.05 + 0.85 * (self.step / self.steps if self.steps else 0.0),
            Stage.DECODING: 0.9,
            Stage.SAVING: 0.97,
        }[self.stage]
        return (self.variant + within) / self.variants


@dataclass(frozen=True)
class Result:
    """One finished variant.

    `pixel_sha256` is over the RGB bytes as handed to the encoder, frame after frame, so it does not depend on the
    container; `frames` is 1 and `fps` 0 for an image; `seconds` leaves loading out.
    """

    variant: int
    path: Path
    seed: int
    width: int
    height: int
    frames: int
    fps: int
    bytes: int
    sha256: str
    pixel_sha256: str
    seconds: float
    poster: Image.Image
    receipt: dict[str, Any]


class Stopped(Exception):
    """The caller asked to stop; the pipeline stays warm and usable."""


class EngineError(Exception):
    """The run cannot be done; the message is for the operator and may name files."""


class Refused(EngineError):
    """This cannot be made here. The message is for the person who asked: a sentence marked for translation, and in the
    lines below it the names that it speaks of."""


class OutOfMemory(Refused):
    """The request is too large for this machine. `suggestion` holds the parameters to change, with values that should
    fit; None where nothing smaller can be said."""

    def __init__(self, message: str, suggestion: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.suggestion = suggestion


class LoraMissing(Refused):
    """A LoRA that was asked for is not on this machine."""


class LoraUnfit(Refused):
    """A LoRA's file is damaged, or for another model."""


class WeightsMissing(EngineError):
    """No usable weights for this model."""
