"""What a form takes over from an output, short of a whole remix: its seed, its texts, its picture or a frame of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .catalogue import Image, Mode, Model, Parameter, Text, models
from .composing import Filling, Selection, carry_over
from .picking import Picked
from .posted import KEYFRAMES, OUTPUT, Given, Row, parameter_of, rows_of


@dataclass(frozen=True)
class Use:
    """One way to use a picture: in which mode, as which of its pictures. `id` names it in URLs."""

    model: Model
    mode: Mode
    parameter: Parameter

    @property
    def id(self) -> str:
        return f"{self.mode.id}.{self.parameter.id}"

    @property
    def selection(self) -> Selection:
        return Selection(self.model, self.mode)


def uses(model_id: str) -> list[Use]:
    """Every way that there is, once: with this model where it offers it, else with the first that does."""
    found: dict[str, Use] = {}
    for use in _all():
        if use.id not in found or use.model.id == model_id:
            found[use.id] = use
    return list(found.values())


def choose(name: str, now: Selection, model_id: str) -> Use:
    """The use that is called so: `image2video.first_frame`, `first_frame` or, for any picture, nothing.

    What is selected now comes first, then this model, then the order of the catalogue. Raises LookupError.
    """
    mode_id, _dot, parameter_id = name.rpartition(".")
    fitting = [
        use
        for use in _all()
        if mode_id in ("", use.mode.id)
        and (use.parameter.id == parameter_id if parameter_id else isinstance(use.parameter, Image))
    ]
    if not fitting:
        raise LookupError(name)

    def preference(use: Use) -> tuple[bool, bool, bool]:
        return use.selection != now, use.model is not now.model, use.model.id != model_id

    return min(fitting, key=preference)


def with_picture(now: Selection, filling: Filling, use: Use, picked: Picked) -> tuple[Selection, Filling]:
    """The form with the picture in its place, everything else carried over where it can stand."""
    there = carry_over(filling.typed, filling.kept, now, use.selection) if use.selection != now else filling
    if isinstance(use.parameter, Image):
        others = {name: text for name, text in there.typed.items() if parameter_of(name) != use.parameter.id}
        return use.selection, Filling({**others, use.parameter.id + OUTPUT: str(picked)}, there.kept)
    rows = rows_of(there.typed)
    rows.append(Row(str(_free_index(rows, _last_frame(use.selection, there.typed))), Given(output=str(picked))))
    typed = {name: text for name, text in there.typed.items() if parameter_of(name) != KEYFRAMES}
    for number, row in enumerate(rows):
        typed |= row.typed(number)
    return use.selection, Filling(typed, there.kept)


def with_texts(now: Selection, filling: Filling, parameters: Mapping[str, Any]) -> Filling:
    """The form with the texts of a stored request."""
    texts = {p.id: str(parameters[p.id]) for p in now.parameters if isinstance(p, Text) and p.id in parameters}
    return Filling({**filling.typed, **texts}, filling.kept)


def _all() -> Iterator[Use]:
    for model in models().values():
        for mode in model.modes:
            for parameter in model.images_for(mode.id):
                yield Use(model, mode, parameter)


def _last_frame(selection: Selection, typed: Mapping[str, str]) -> int:
    parameter = selection.model.parameter("num_frames")
    assert parameter is not None  # whatever takes keyframes makes videos
    try:
        return int(parameter.clean(typed.get("num_frames", parameter.default))) - 1
    except ValueError:
        return int(parameter.default) - 1


def _free_index(rows: Iterable[Row], last: int) -> int:
    """The ends first, then the middle of the widest gap."""
    taken = sorted(int(row.frame_index) for row in rows if row.frame_index.strip().isdecimal())
    for end in (0, last):
        if end not in taken:
            return end
    low, high = max(pairwise(taken), key=lambda pair: pair[1] - pair[0])
    return (low + high) // 2
