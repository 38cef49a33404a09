"""Whether what a record holds can be kept and shown. What this site wrote is; what somebody vouches for need not be."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gallery.comparing import Verdict

from ..catalogue import Image, Keyframes, Loras, Parameter, Text, models
from ..engine.api import Stage

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes it; behind a backslash it is six characters of a text."""


_RECEIPT = {"brought_in": dict, "loras": list, "references": list, "request": dict, "seconds": dict}
"""What pages go through in a receipt, beside names with their facts; all else they print."""


def is_sound(output: Mapping[str, Any]) -> bool:
    """Whether a record of an output holds what its pages read."""
    again = output.get("again")
    return (
        can_be_kept(output)
        and can_be_shown(output.get("parameters"))
        and _is_receipt(output.get("receipt"))
        and (again is None or (isinstance(again, dict) and again.get("verdict") in list(Verdict)))
    )


def _is_receipt(receipt: Any) -> bool:
    if not isinstance(receipt, dict) or not _reads_as_named(receipt):
        return False
    return (
        all(isinstance(receipt[name], kind) for name, kind in _RECEIPT.items() if name in receipt)
        and isinstance(receipt.get("brought_in", {}).get("record", ""), str)
        and receipt.get("seconds", {}).keys() <= set(Stage)
    )


def _reads_as_named(value: Any) -> bool:
    """Whether templates that go through the items of this, or of what is in it, find no fact of that name instead."""
    if isinstance(value, dict):
        return "items" not in value and all(map(_reads_as_named, value.values()))
    return not isinstance(value, list) or all(map(_reads_as_named, value))


def can_be_kept(value: Any) -> bool:
    """Whether every database takes it as JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError:
        return False
    return not _NUL.search(text)


def can_be_shown(parameters: Any) -> bool:
    """Whether a stored request has the form that its pages read, also one of an older catalogue."""
    if not isinstance(parameters, dict):
        return False
    if not all(isinstance(parameters.get(name), str) for name in ("type", "model", "mode", "prompt")):
        return False
    known = (parameter for model in models().values() for parameter in model.parameters)
    return all(has_form(parameter, parameters[parameter.id]) for parameter in known if parameter.id in parameters)


def has_form(parameter: Parameter | None, value: Any) -> bool:
    """Whether it can be a value of this parameter; of one that is not known any more, a plain value."""
    match parameter:
        case Text() | Image():
            return isinstance(value, str)
        case Keyframes():
            return _are_rows(value, {"frame_index": int, "image": str})
        case Loras():
            return _are_rows(value, {"name": str, "weight": int | float})
        case _:
            return isinstance(value, str | int | float)


def _are_rows(value: Any, columns: Mapping[str, Any]) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, dict) and all(isinstance(row.get(name), kind) for name, kind in columns.items())
        for row in value
    )
