"""What of a file's parameters can be asked for here, and what cannot, each with its reason. No files, no database.

Names come from the catalogue; beside them stand only the names that other tools use for the same thing.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal as Exact
from decimal import InvalidOperation
from typing import Any

from ..catalogue import Choice, Image, Invalid, Keyframes, Loras, Model, Parameter, Seed, Text, models
from ..catalogue.faults import gettext_noop as _
from ..catalogue.kinds import Number, clean_image_hash
from ..composing import Selection
from ..posted import KEYFRAMES, LORAS, STORED, LoraRow, typed_loras
from .found import OURS, Found, normal
from .nearest import nearest_model, nearest_sampler

_ELSEWHERE = {
    "cfg": "cfg_scale",
    "distilled cfg scale": "guidance_scale",
    "guidance": "guidance_scale",
    "denoise": "denoising_strength",
    "strength": "denoising_strength",
    "stop at clip layer": "clip_skip",
    "length": "num_frames",
    "frame rate": "fps",
}
_ABOUT = ("type", "model", "mode", "scheduler", "schedule type")
_LONGEST, _LONGEST_TEXT, _LONGEST_NUMBER = 300, 20_000, 40


@dataclass(frozen=True)
class Remark:
    """An English sentence marked for translation, and what fills it."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Left:
    """What was not taken over: its name in the file, its value, and why."""

    name: str
    value: str
    why: Remark


@dataclass
class Taken:
    """`typed` are form fields by name; `remarks` by parameter id (or "model") say where a value is not the file's."""

    selection: Selection
    typed: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, Remark] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)


@dataclass(frozen=True)
class Here:
    """What is here: `has_image` tells by its SHA-256 whether a picture is among those that the person gave before,
    `loras` which LoRAs a model has."""

    has_image: Callable[[str], bool]
    loras: Callable[[Model], Collection[str]]


def take_over(found: Found, here: Here, type: str | None = None) -> Taken:
    """By a model of this type, where the file that was read can be of no other."""
    about = {normal(name): value for name, value in found.settings.items() if normal(name) in _ABOUT}
    values, strangers = _named(found)
    taken = _selected(found, about, values, type)
    for id, (name, raw) in values.items():
        parameter = taken.selection.parameter(id)
        if parameter is None:
            model = taken.selection.model.name
            why = Remark(_("Does not apply to %(model)s in this mode."), {"model": model})
            taken.left.append(Left(shown(name), shown(raw), why))
        else:
            _take(taken, parameter, raw, about, here)
    _remind_of_images(taken, values)
    unknown = Remark(_("There is nothing like this here."))
    taken.left += [Left(shown(name), shown(value), unknown) for name, value in {**strangers, **found.others}.items()]
    return taken


def shown(value: Any) -> str:
    """A value from a file as it can stand on a page."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _legible(text) if len(text) <= _LONGEST else f"{_legible(text[:_LONGEST])}…"


def _legible(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)


def _named(found: Found) -> tuple[dict[str, tuple[str, Any]], dict[str, Any]]:
    """The settings under our ids, with their own names beside them; and those that have no parameter here."""
    ids = dict(_ELSEWHERE)
    for model in models().values():
        for parameter in model.parameters:
            ids |= {normal(parameter.id): parameter.id, normal(parameter.label): parameter.id}
    values: dict[str, tuple[str, Any]] = {}
    strangers: dict[str, Any] = {}
    for name, raw in found.settings.items():
        id = ids.get(normal(name))
        if raw in ("", None) or normal(name) in _ABOUT:
            continue
        if id is None or id in values:
            strangers[name] = raw
        else:
            values[id] = (name, raw)
    return (values if found.tool == OURS else _meant(values)), strangers


def _meant(values: dict[str, tuple[str, Any]]) -> dict[str, tuple[str, Any]]:
    """Other tools count CLIP layers from the end with a minus, and say 1 for a start from noise or a single frame."""
    meaningless = {"denoising_strength": 1, "num_frames": 1}
    kept = {id: named for id, named in values.items() if id not in meaningless or _number(named[1]) != meaningless[id]}
    if "clip_skip" in kept and (layer := _number(kept["clip_skip"][1])) is not None and layer < 0:
        kept["clip_skip"] = (kept["clip_skip"][0], str(-layer))
    return kept


def _selected(found: Found, about: Mapping[str, Any], values: Mapping[str, Any], type: str | None) -> Taken:
    """The model that the file names or the nearest one, and the mode that it names or that takes most of its values."""
    name = shown(about.get("model", ""))
    model, is_named = nearest_model(name, set(values), type)
    modes = [mode for mode in model.modes if found.tool == OURS and mode.id == about.get("mode")]
    mode = max(modes or model.modes, key=lambda mode: sum(p.id in values for p in model.parameters_for(mode.id)))
    taken = Taken(Selection(model, mode))
    if not is_named and name:
        taken.remarks["model"] = Remark(_("%(asked)s is not offered here: this is the nearest."), {"asked": name})
    elif not is_named:
        taken.remarks["model"] = Remark(_("The file names no model: this one takes most of its parameters."))
    return taken


def _take(
    taken: Taken,
    parameter: Parameter,
    raw: Any,
    about: Mapping[str, Any],
    here: Here,
) -> None:
    try:
        match parameter:
            case Image():
                taken.typed[parameter.id + STORED] = _known(clean_image_hash(raw), here)
            case Keyframes():
                taken.typed |= _rows(parameter.clean(raw), here)
            case Loras():
                _take_loras(taken, parameter, raw, here.loras(taken.selection.model))
            case Choice(id="sampler"):
                schedule = next((str(about[key]) for key in ("scheduler", "schedule type") if about.get(key)), "")
                value, is_exact = nearest_sampler(parameter, str(raw), schedule)
                _type(taken, parameter, value, shown(f"{raw} {schedule}".strip()), is_exact)
            case _:
                value, is_exact = _fitting(parameter, raw)
                _type(taken, parameter, value, shown(raw), is_exact)
    except Invalid as fault:
        value = "" if isinstance(parameter, Image | Keyframes) else shown(raw)  # hashes tell people nothing
        taken.left.append(Left(parameter.label, value, Remark(fault.message, fault.params)))


def _type(taken: Taken, parameter: Parameter, value: Any, asked: str, is_exact: bool) -> None:
    taken.typed[parameter.id] = str(value)
    if not is_exact:
        remark = Remark(_("%(asked)s is not offered here: this is the nearest."), {"asked": asked})
        taken.remarks[parameter.id] = remark


def _fitting(parameter: Parameter, raw: Any) -> tuple[Any, bool]:
    """The value, or the nearest that the parameter takes, and whether it is the very one. Raises Invalid."""
    number = _number(raw)
    try:
        # 30.0 is 30 to a whole number too.
        return parameter.clean(int(number) if number is not None and number == int(number) else raw), True
    except Invalid as fault:
        if isinstance(parameter, Text) and fault.code == "too_long" and len(raw) <= _LONGEST_TEXT:
            return _legible(raw), True  # the form shows it whole and says so
        if isinstance(parameter, Seed) and number is not None:
            message = _("Seeds are whole numbers up to %(maximum)d here.")
            raise Invalid("seed", message, maximum=parameter.maximum) from None
        if number is None or parameter.fixed:
            raise
        if isinstance(parameter, Number):
            least, most, step = (Exact(str(n)) for n in (parameter.minimum, parameter.maximum, parameter.step))
            inside = min(max(number, least), most)
            fitting = least + round((inside - least) / step) * step
            return parameter.clean(str(fitting)), fitting == number
        offered = _offered(parameter)
        if not offered:
            raise
        return min(offered, key=lambda value: (abs(value - number), -value)), False


def _offered(parameter: Parameter) -> list[int]:
    options = parameter.options if isinstance(parameter, Choice) else ()
    return [option.value for option in options if isinstance(option.value, int)]


def _number(raw: Any) -> Exact | None:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float) or len(str(raw)) > _LONGEST_NUMBER:
        return None
    try:
        number = Exact(str(raw).strip())
    except InvalidOperation:
        return None
    # A short text can stand for a number of any length.
    return number if number.is_finite() and abs(number.adjusted()) < _LONGEST_NUMBER else None


def _known(sha256: str, here: Here) -> str:
    if not here.has_image(sha256):
        raise Invalid("not_yours", _("This image is not among yours: choose it in the form."))
    return sha256


def _rows(keyframes: list[dict[str, Any]], here: Here) -> dict[str, str]:
    typed = {}
    for number, entry in enumerate(keyframes):
        typed[f"{KEYFRAMES}-{number}-frame_index"] = str(entry["frame_index"])
        typed[f"{KEYFRAMES}-{number}-image{STORED}"] = _known(entry["image"], here)
    return typed


def _take_loras(taken: Taken, parameter: Loras, raw: Any, known: Collection[str]) -> None:
    """Those that are here, each by itself; a blank name says that there are none."""
    if not isinstance(raw, list):
        raise Invalid("not_loras", _("Enter LoRAs as a list of a name and a weight."))
    rows: list[LoraRow] = []
    for entry in raw:
        asked = entry if isinstance(entry, dict) else {"name": entry}
        try:
            weight, is_exact = _fitting(parameter.weight, asked.get("weight", parameter.weight.default))
            (cleaned,) = parameter.clean([{**asked, "weight": weight}])
            parameter.require([cleaned], known, taken.selection.model.name)
            parameter.clean([{"name": row.name} for row in rows] + [cleaned])
        except Invalid as fault:
            words = f"{shown(asked.get('name', ''))} {shown(asked.get('weight', ''))}".strip()
            taken.left.append(Left(parameter.label, words, Remark(fault.message, fault.params)))
            continue
        rows.append(LoraRow(cleaned["name"], str(cleaned["weight"])))
        if not is_exact:
            named = {"asked": f"{cleaned['name']} {shown(asked['weight'])}"}
            taken.remarks[parameter.id] = Remark(_("%(asked)s is not offered here: this is the nearest."), named)
    taken.typed |= typed_loras(rows) or {f"{LORAS}-0-name": ""}


def _remind_of_images(taken: Taken, values: Mapping[str, Any]) -> None:
    """A picture that a generation started from is never in the file that came out of it."""
    for parameter in taken.selection.model.images_for(taken.selection.mode.id):
        if parameter.id not in values:
            taken.left.append(Left(parameter.label, "", Remark(_("Not in the file: choose it in the form."))))
