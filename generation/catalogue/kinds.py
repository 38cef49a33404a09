"""The kinds of parameter. Each reads one raw value (text from a form, JSON, Python) or says what is wrong with it."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal as Exact
from typing import Any, ClassVar

from .faults import Invalid, gettext_noop

_ = gettext_noop

MAX_SEED = 2**31 - 1
_WHOLE = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,12}([.,]\d{1,12})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Band:
    """What the values up to `up_to` (inclusive) mean, in a word or two; `warning` where they usually hurt."""

    up_to: float
    meaning: str
    warning: bool = False


@dataclass(frozen=True)
class Option:
    """One of a few values, the word shown for it, and other spellings that people type for it."""

    value: str | int
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Parameter(ABC):
    """One thing that can be asked for.

    `modes` empty means every mode of the model; `advanced` folds it away in the form; `bands` say what its
    values mean.

    `only_with` names another parameter and the value of it without which this one does nothing. A request with another
    value there does not hold this one. Its default may be given all the same, as a form without scripts always does;
    any other value is refused, because it would be ignored.
    """

    kind: ClassVar[str]

    id: str
    label: str
    help: str = ""
    default: Any = None
    modes: frozenset[str] = frozenset()
    advanced: bool = False
    bands: tuple[Band, ...] = ()
    only_with: tuple[str, str | int] | None = None

    @property
    def required(self) -> bool:
        return self.default is None

    @property
    def fixed(self) -> bool:
        return False

    def applies_to(self, mode: str) -> bool:
        return not self.modes or mode in self.modes

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Whether it does something beside the other (clean) values of a request."""
        return self.only_with is None or values[self.only_with[0]] == self.only_with[1]

    @abstractmethod
    def clean(self, raw: Any) -> Any:
        """The value that `raw` stands for, ready for JSON. Raises Invalid."""

    def check(self, value: Any, values: Mapping[str, Any]) -> Any:
        """The value after a look at the other (clean) values of the request. Raises Invalid."""
        if self.only_with and value != self.default and not self.matters(values):
            raise Invalid(
                "does_nothing",
                _("This is only for %(value)s: choose that, or leave this at %(default)s."),
                value=self.only_with[1],
                default=self.default,
            )
        return value

    def band(self, value: Any) -> Band | None:
        return next((band for band in self.bands if value <= band.up_to), None)


@dataclass(frozen=True, kw_only=True)
class Text(Parameter):
    """`asks` is False for a text of what must not appear."""

    kind: ClassVar[str] = "text"

    max_length: int = 2000
    asks: bool = True

    def clean(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise Invalid("not_text", _("Enter text."))
        text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text and self.required:
            raise Invalid("required", _("Say what to make: this cannot be blank."))
        if len(text) > self.max_length:
            raise Invalid(
                "too_long",
                _("At most %(limit)d characters, please: this has %(length)d."),
                limit=self.max_length,
                length=len(text),
            )
        if _CONTROL.search(text):
            raise Invalid("control_characters", _("This contains a control character. Remove it and try again."))
        return text


@dataclass(frozen=True, kw_only=True)
class Number(Parameter):
    minimum: float
    maximum: float
    step: float = 1
    pinned: bool = False

    @property
    def fixed(self) -> bool:
        return self.pinned

    def _in_range(self, value: Exact) -> None:
        if self.pinned and value != Exact(str(self.default)):
            raise Invalid("fixed", _("This is fixed at %(value)s for this model."), value=self.default)
        if not Exact(str(self.minimum)) <= value <= Exact(str(self.maximum)):
            raise Invalid(
                "out_of_range",
                _("Enter a number from %(minimum)s to %(maximum)s."),
                minimum=self.minimum,
                maximum=self.maximum,
            )
        if (value - Exact(str(self.minimum))) % Exact(str(self.step)):
            raise Invalid("off_step", _("Use steps of %(step)s."), step=self.step)


@dataclass(frozen=True, kw_only=True)
class Integer(Number):
    kind: ClassVar[str] = "integer"

    def _read(self, raw: Any) -> Exact:
        text = str(raw).strip()
        if isinstance(raw, bool) or not _WHOLE.fullmatch(text):
            raise Invalid("not_whole", _("Enter a whole number."))
        return Exact(text)

    def clean(self, raw: Any) -> int:
        value = self._read(raw)
        self._in_range(value)
        return int(value)


@dataclass(frozen=True, kw_only=True)
class Decimal(Number):
    kind: ClassVar[str] = "decimal"

    def _read(self, raw: Any) -> Exact:
        text = str(raw).strip()
        if isinstance(raw, bool) or not _NUMBER.fullmatch(text):
            raise Invalid("not_number", _("Enter a number."))
        return Exact(text.replace(",", "."))

    def clean(self, raw: Any) -> float:
        value = self._read(raw)
        self._in_range(value)
        return float(value)


@dataclass(frozen=True, kw_only=True)
class Seed(Integer):
    """A whole number that fixes the noise; -1 (or nothing) asks for a new one, drawn at submit."""

    kind: ClassVar[str] = "seed"
    RANDOM: ClassVar[int] = -1

    minimum: float = -1
    maximum: float = MAX_SEED
    default: int = -1

    def clean(self, raw: Any) -> int:
        return self.RANDOM if raw == "" else super().clean(raw)


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    kind: ClassVar[str] = "choice"

    options: tuple[Option, ...]

    def clean(self, raw: Any) -> str | int:
        wanted = _spelling(raw)
        for option in self.options:
            if wanted in {_spelling(text) for text in (option.value, *option.aliases)}:
                return option.value
        raise Invalid(
            "not_a_choice",
            _("Choose one of: %(choices)s."),
            choices=", ".join(str(option.value) for option in self.options),
        )


def _spelling(raw: Any) -> str:
    """Euler a, euler_a and EULER-A are one spelling. A number has no other."""
    return re.sub(r"(?<=\S)[\s_-]+(?=\S)", " ", str(raw)).strip().casefold()


@dataclass(frozen=True, kw_only=True)
class Image(Parameter):
    """An uploaded picture, named by the SHA-256 of its stored (upright, re-encoded) file."""

    kind: ClassVar[str] = "image"

    def clean(self, raw: Any) -> str:
        if raw in (None, ""):
            raise Invalid("required", _("Choose an image."))
        return clean_image_hash(raw)


@dataclass(frozen=True, kw_only=True)
class Keyframes(Parameter):
    """Pictures at frame indices: `[{"frame_index": 0, "image": <sha256>}, …]`, given back in order of index.

    `stride`: the model places keyframes at multiples of it, and on the last frame. Each entry comes back with the
    `snapped_index` where its picture will stand: the nearest such place, or the next free one, in the same order.
    """

    kind: ClassVar[str] = "keyframes"

    stride: int = 1
    max_count: int = 32
    default: tuple[Any, ...] | None = field(default=None)

    def clean(self, raw: Any) -> list[dict[str, Any]]:
        if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
            raise Invalid("not_keyframes", _("Enter keyframes as a list of a frame index and an image."))
        if not raw:
            raise Invalid("required", _("Add at least one keyframe: an image and its frame index."))
        if len(raw) > self.max_count:
            raise Invalid("too_many", _("At most %(limit)d keyframes, please."), limit=self.max_count)
        frames = [self._clean_one(entry) for entry in raw]
        return sorted(frames, key=lambda entry: entry["frame_index"])

    def _clean_one(self, entry: Any) -> dict[str, Any]:
        if not isinstance(entry, Mapping):
            raise Invalid("not_keyframes", _("Enter keyframes as a list of a frame index and an image."))
        index = str(entry.get("frame_index", "")).strip()
        if not re.fullmatch(r"\d{1,6}", index, re.ASCII):
            raise Invalid("bad_index", _("Each keyframe needs a frame index: a whole number from 0."))
        if not entry.get("image"):
            raise Invalid("image_missing", _("The keyframe at frame %(index)s needs an image."), index=index)
        return {"frame_index": int(index), "image": clean_image_hash(entry["image"])}

    def check(self, value: list[dict[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
        last = values["num_frames"] - 1
        indices = [entry["frame_index"] for entry in value]
        for before, index in zip([None, *indices], indices, strict=False):
            if index > last:
                raise Invalid(
                    "index_out_of_range",
                    _("Frame %(index)d is outside this video: its frames are 0 to %(last)d."),
                    index=index,
                    last=last,
                )
            if index == before:
                raise Invalid("index_repeated", _("Frame %(index)d is given twice."), index=index)
        spots = self.snapped(indices, values["num_frames"])
        return [{**entry, "snapped_index": spot} for entry, spot in zip(value, spots, strict=True)]

    def snapped(self, indices: Sequence[int], num_frames: int) -> list[int]:
        """Where keyframes at these rising indices will stand. Raises Invalid if the video has no room for so many."""
        places = sorted({*range(0, num_frames, self.stride), num_frames - 1})
        if len(indices) > len(places):
            raise Invalid("no_room", _("This video has room for %(room)d keyframes: make it longer."), room=len(places))
        spots: list[int] = []
        for number, index in enumerate(indices):
            behind = places.index(spots[-1]) + 1 if spots else 0
            free = places[behind : len(places) - (len(indices) - number - 1)]
            spots.append(min(free, key=lambda place: (abs(place - index), -place)))
        return spots


def clean_image_hash(raw: Any) -> str:
    if not isinstance(raw, str) or not _HASH.fullmatch(raw):
        raise Invalid("not_an_image", _("This is not an image that was stored here."))
    return raw
