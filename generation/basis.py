"""What a form is based on: the request of an output, to see what has been changed since, and to take that back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .catalogue import Image, Invalid, Keyframes, Loras, Parameter
from .composing import from_parameters
from .posted import loras_of, parameter_of, rows_of
from .wording import typed_in_words


@dataclass(frozen=True)
class Was:
    """One field as it was: `values` are JSON of its texts by their names in the form, `shown` is for people."""

    values: str
    shown: str
    changed: bool


class Basis:
    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.selection, filling = from_parameters(parameters)
        self.typed = filling.typed

    def was(self, parameter: Parameter, typed: Mapping[str, str]) -> Was | None:
        """The field as it was, beside what is typed now; None where it was not asked for."""
        before = _of(parameter, self.typed)
        if not before and parameter.id not in self.typed and not _may_be_empty(self, parameter):
            return None
        changed = _compared(parameter, before) != _compared(parameter, _of(parameter, typed))
        return Was(json.dumps(before), typed_in_words(parameter, before), changed)

    def restored(self, parameter_id: str, typed: Mapping[str, str]) -> dict[str, str]:
        """What is typed, with one parameter as it was."""
        others = {name: text for name, text in typed.items() if parameter_of(name) != parameter_id}
        return others | {name: text for name, text in self.typed.items() if parameter_of(name) == parameter_id}


def _may_be_empty(basis: Basis, parameter: Parameter) -> bool:
    """Rows of which there were none, in a mode that takes them."""
    return isinstance(parameter, Loras) and basis.selection.parameter(parameter.id) == parameter


def _of(parameter: Parameter, typed: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in typed.items() if parameter_of(name) == parameter.id and text}


def _compared(parameter: Parameter, typed: dict[str, str]) -> Any:
    """The value of a field so that equal ones are equal: 7.0 and 7, rows in any order."""
    match parameter:
        case Image():
            return typed
        case Keyframes():
            return sorted((row.frame_index, row.picture.stored, row.picture.output) for row in rows_of(typed))
        case Loras():
            return [(row.name, row.weight) for row in loras_of(typed)]
        case _:
            text = typed.get(parameter.id, "")
            try:
                return parameter.clean(text)
            except Invalid:
                return text
