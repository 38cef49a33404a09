"""What a file says of how it was made, as far as it can be asked for here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import loras
from ..catalogue import Image, Invalid, Keyframes, Loras, Parameter, Text
from ..catalogue.faults import gettext_noop as _
from ..posted import STORED, loras_of, rows_of
from ..reading.found import OURS, Found, Unreadable
from ..reading.mapping import Here, Taken, shown, take_over
from ..reading.tools import understand
from ..request import Faults, parse


@dataclass(frozen=True)
class Said:
    """`parameters` is a request as it is stored: whole for what asks for nothing that is not here, else what of it
    there is. `model` is what the tool called it."""

    tool: str
    model: str
    parameters: dict[str, Any]


def by(texts: Mapping[str, str], has_image: Callable[[str], bool], type: str) -> Said:
    """By the texts in a file of this type. Raises Invalid for one that says nothing."""
    try:
        found = understand(texts)
    except Unreadable:
        raise _unreadable() from None
    if found is None:
        raise Invalid("no_parameters", _("There are no generation parameters in this file."))
    return by_found(found, has_image, type)


def by_found(found: Found, has_image: Callable[[str], bool], type: str) -> Said:
    """Raises Invalid for what is nested too deep to be a request."""
    try:
        model = next((shown(value) for name, value in found.settings.items() if name.casefold() == "model"), "")
        return Said(found.tool, model, _whole(found, has_image, type) or _mapped(found, has_image, type))
    except RecursionError:
        raise _unreadable() from None


def _whole(found: Found, has_image: Callable[[str], bool], type: str) -> dict[str, Any] | None:
    """A request of ours, where all of it can be asked for again."""
    if found.tool != OURS:
        return None
    try:
        request = parse(found.settings)
    except Faults:
        return None
    return request.to_json() if request.type == type and all(map(has_image, request.images)) else None


def _mapped(found: Found, has_image: Callable[[str], bool], type: str) -> dict[str, Any]:
    taken = take_over(found, Here(has_image, loras.names), type)
    model, mode = taken.selection.model, taken.selection.mode
    values = {"prompt": "", **{p.id: value for p in taken.selection.parameters for value in _value(p, taken)}}
    return {"type": model.type, "model": model.id, "mode": mode.id, **values}


def _value(parameter: Parameter, taken: Taken) -> list[Any]:
    """The one value that was taken over, or none."""
    typed = taken.typed
    match parameter:
        case Image():
            return [typed[parameter.id + STORED]] if parameter.id + STORED in typed else []
        case Keyframes():
            rows = [{"frame_index": int(row.frame_index), "image": row.picture.stored} for row in rows_of(typed)]
            return [rows] if rows else []
        case Loras():
            return [[{"name": row.name, "weight": float(row.weight)} for row in loras_of(typed)]]
        case Text():
            return [typed[parameter.id]] if parameter.id in typed else []  # also one that is too long to be asked for
        case _:
            return [parameter.clean(typed[parameter.id])] if parameter.id in typed else []


def _unreadable() -> Invalid:
    return Invalid("unreadable", _("This file has generation parameters, but not in a form that is known."))
