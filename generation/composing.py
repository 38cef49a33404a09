"""Which fields a form shows and what stands in them, as people switch type, model and mode, press presets and remix.

All of it works on names and texts as the form has them ("typed"), so that nothing typed is lost on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import loras
from .catalogue import Image, Invalid, Keyframes, Loras, Mode, Model, Parameter, models
from .posted import KEYFRAMES, LORAS, STORED, LoraRow, loras_of, parameter_of, typed_loras
from .request import Request


@dataclass(frozen=True)
class Selection:
    """A model in one of its modes."""

    model: Model
    mode: Mode

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.model.parameters_for(self.mode.id)

    def parameter(self, parameter_id: str) -> Parameter | None:
        return next((p for p in self.parameters if p.id == parameter_id), None)


@dataclass(frozen=True)
class Filling:
    """What stands in a form: the texts of its fields, and those kept for models and modes that take them."""

    typed: dict[str, str]
    kept: dict[str, str]


def selected(data: Mapping[str, Any]) -> Selection:
    """What `type`, `model` and `mode` of a form ask for.

    Where they do not fit together the broader one wins: people who change the type still have the model of the old one
    in their form. A mode gives way to the one that is called the same, else to the first.
    """
    offered = list(models().values())
    model = models().get(str(data.get("model"))) or models().get(str(data.get("shown_model"))) or offered[0]
    if data.get("type") != model.type:
        model = next((other for other in offered if other.type == data.get("type")), model)
    return Selection(model, _mode(model, str(data.get("mode"))))


def shown(data: Mapping[str, Any]) -> Selection | None:
    """What the form that was sent had fields for; None where it does not say."""
    model = models().get(str(data.get("shown_model")))
    mode = model.mode(str(data.get("shown_mode"))) if model else None
    return Selection(model, mode) if model and mode else None


def carry_over(typed: Mapping[str, str], kept: Mapping[str, str], before: Selection | None, now: Selection) -> Filling:
    """Bring what was typed into the fields of another selection.

    A value that is the old default makes room for the new default; one that the new field takes stays; one that it
    does not take is kept for the way back.
    """
    filling = _loras_over(typed, kept, before, now)
    own = {name: value for name, value in typed.items() if not _is_default(before, name, value)}
    for name, value in {**kept, **own}.items():
        if parameter_of(name) == LORAS:
            continue
        new = now.parameter(parameter_of(name))
        same = before is not None and name in own and new == before.parameter(parameter_of(name))
        if new is not None and (same or _takes(new, name, value)):
            filling.typed[name] = value
        elif parameter_of(name) in _known():
            filling.kept[name] = value
    return filling


def _loras_over(typed: Mapping[str, str], kept: Mapping[str, str], before: Selection | None, now: Selection) -> Filling:
    """The rows of LoRAs: each belongs to a model, and waits for the way back where another has none of that name."""
    own, waiting = loras_of(typed), loras_of(kept)
    stays = before is None or before.model is now.model
    known = loras.names(now.model)
    rows = own + [row for row in waiting if row.name not in {other.name for other in own}]
    here = [row for row in rows if row.name in known or (stays and row in own)]
    return Filling(typed_loras(here), typed_loras(row for row in rows if row not in here))


def from_parameters(parameters: Mapping[str, Any]) -> tuple[Selection, Filling]:
    """The form that asks for a stored request again."""
    selection = selected(parameters)
    typed: dict[str, str] = {}
    for name, value in parameters.items():
        match selection.parameter(name):
            case Image():
                typed[name + STORED] = value
            case Keyframes():
                for number, entry in enumerate(value):
                    typed[f"{KEYFRAMES}-{number}-frame_index"] = str(entry["frame_index"])
                    typed[f"{KEYFRAMES}-{number}-image{STORED}"] = entry["image"]
            case Loras():
                typed |= typed_loras(LoraRow(entry["name"], str(entry["weight"])) for entry in value)
            case Parameter():
                typed[name] = str(value)
    return selection, carry_over(typed, {}, None, selection)


def provisional(selection: Selection, typed: Mapping[str, str]) -> Request:
    """A request as far as it can be told, for an estimate: what is missing or wrong has its default."""
    values = {}
    for parameter in selection.parameters:
        try:
            values[parameter.id] = parameter.clean(typed[parameter.id])
        except (KeyError, Invalid):
            values[parameter.id] = parameter.default
    return Request(selection.model.id, selection.mode.id, values)


def _mode(model: Model, mode_id: str) -> Mode:
    if mode := model.mode(mode_id):
        return mode
    called = {mode.short for other in models().values() for mode in other.modes if mode.id == mode_id}
    return next((mode for mode in model.modes if mode.short in called), model.modes[0])


def _is_default(before: Selection | None, name: str, value: str) -> bool:
    """Whether the value stood in its field already, or is no value at all."""
    parameter = before.parameter(name) if before else None
    if value == "" or parameter is None or parameter.required:
        return value == ""
    try:
        return bool(parameter.clean(value) == parameter.default)
    except Invalid:
        return False


def _takes(parameter: Parameter, name: str, value: str) -> bool:
    """Whether the value can stand in the field. What helps a picture on (`…_stored`, `…_output`) always can."""
    try:
        return name != parameter.id or (not parameter.fixed and parameter.clean(value) is not None)
    except Invalid:
        return False


def _known() -> set[str]:
    return {p.id for model in models().values() for p in model.parameters}
