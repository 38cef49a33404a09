"""Parameters and their values in words, in the language of whoever reads."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .catalogue import (
    Choice,
    Decimal,
    Image,
    Integer,
    Invalid,
    Keyframes,
    Loras,
    Model,
    Parameter,
    Seed,
    Text,
    UnknownModel,
    get_model,
    gif,
    models,
)
from .durations import Range
from .posted import loras_of, parameter_of, rows_of
from .reasons import Reason, Why

HEADLINE = "prompt"
"""Stands above the facts wherever they are shown."""


class Fact(NamedTuple):
    """`id` is the parameter's, or the name under which the stored request has it; `bare` is the value without what it
    means; `pictures` are SHA-256s."""

    label: str
    value: str
    id: str
    bare: str
    pictures: tuple[str, ...] = ()


def translated(message: str) -> str:
    """A catalogue message in the reader's language."""
    return _(message) if message else ""  # gettext("") is the head of the translation file


class Told(Protocol):
    """A sentence marked for translation and what fills it: a fault of a value, a remark on a file."""

    @property
    def message(self) -> str: ...

    @property
    def params(self) -> Mapping[str, Any]: ...


def said(told: Told) -> str:
    """The sentence in the reader's language."""
    return translated(told.message) % told.params if told.params else translated(told.message)


def failure(error: str) -> str:
    """What a generation ended with: a sentence in the reader's language, and the names below it that it speaks of."""
    sentence, _newline, names = error.partition("\n")
    return f"{translated(sentence)} {names}".strip()


def facts(parameters: Mapping[str, Any]) -> list[Fact]:
    """What a stored request asked for, in the order of the form; as it is where its model is gone."""
    try:
        model = get_model(str(parameters.get("model")))
    except UnknownModel:
        return [Fact(name, str(value), name, str(value)) for name, value in parameters.items() if name != HEADLINE]
    mode = model.mode(str(parameters.get("mode")))
    mode_name = translated(mode.label) if mode else str(parameters["mode"])
    named = [Fact(_("Model"), model.name, "model", model.name), Fact(_("Mode"), mode_name, "mode", mode_name)]
    return named + [_fact(parameter, parameters[parameter.id]) for parameter in _ordered(model, parameters)]


def changes(model: Model, values: Mapping[str, Any]) -> str:
    """Some parameters of a model with their values, in one line."""
    named = ((model.parameter(parameter_id), value) for parameter_id, value in values.items())
    return ", ".join(
        f"{translated(parameter.label)} {shown_value(parameter, value)}" for parameter, value in named if parameter
    )


def shown_value(parameter: Parameter, value: Any) -> str:
    """With what it means, where the catalogue says that."""
    bare, meaning = bare_value(parameter, value), band(parameter, value)
    return f"{bare} · {meaning}" if meaning else bare


def bare_value(parameter: Parameter, value: Any) -> str:
    match parameter:
        case Seed():
            return str(value)  # to be copied: no separators
        case Choice():
            return next((translated(o.label) for o in parameter.options if o.value == value), str(value))
        case Integer() | Decimal():
            return localize(value)
        case Image():
            return str(value)[:12]
        case Keyframes():
            return ", ".join(str(entry["frame_index"]) for entry in value)
        case Loras():
            return ", ".join(f"{entry['name']} {localize(entry['weight'])}" for entry in value) or "—"
        case _:
            return str(value) or "—"


def typed_in_words(parameter: Parameter, typed: Mapping[str, str]) -> str:
    """What stands in a field, as people read it; what is not valid as it was typed."""
    if isinstance(parameter, Image):
        return _("your image") if any(typed[name] for name in typed if parameter_of(name) == parameter.id) else ""
    if isinstance(parameter, Keyframes):
        return ", ".join(row.frame_index for row in rows_of(typed))
    if isinstance(parameter, Loras):
        return ", ".join(f"{row.name} {row.weight}" for row in loras_of(typed))
    text = typed.get(parameter.id, "" if parameter.default is None else str(parameter.default))
    try:
        return shown_value(parameter, parameter.clean(text)) if text else ""
    except Invalid:
        return text


def band(parameter: Parameter, value: Any) -> str:
    """What a number means; nothing for a value that is not one the parameter takes."""
    if not parameter.bands:
        return ""
    try:
        found = parameter.band(parameter.clean(value))
    except (ValueError, TypeError):
        return ""
    return translated(found.meaning) if found else ""


def range_text(parameter: Parameter) -> str:
    """Which values a parameter takes."""
    match parameter:
        case Seed():
            return _("%(random)s, or 0 to %(maximum)s") % {"random": parameter.RANDOM, "maximum": parameter.maximum}
        case Choice():
            return ", ".join(translated(option.label) for option in parameter.options)
        case Integer() | Decimal() if parameter.fixed:
            return _("always %(value)s") % {"value": localize(parameter.default)}
        case Integer() | Decimal():
            limits = {name: localize(getattr(parameter, name)) for name in ("minimum", "maximum", "step")}
            if parameter.step == 1:
                return _("%(minimum)s to %(maximum)s") % limits
            return _("%(minimum)s to %(maximum)s in steps of %(step)s") % limits
        case Text():
            return _("up to %(limit)s characters") % {"limit": parameter.max_length}
        case Image():
            return "PNG, JPG, WebP"
        case Keyframes():
            return _("1 to %(limit)s images") % {"limit": parameter.max_count}
        case Loras():
            weights = range_text(parameter.weight)
            return _("up to %(limit)s, each with a weight: %(weights)s") % {
                "limit": parameter.max_count,
                "weights": weights,
            }
        case _:
            raise TypeError(f"no words for the kind {parameter.kind}")


def gif_pace(fps: int) -> str:
    """What a GIF makes of a rate, as it counts time in hundredths of a second."""
    shown = {"fps": fps, "average": localize(gif.HUNDREDTHS / fps)}
    shortest, *longer = gif.delays(fps)
    if not longer:
        return _("%(fps)d fps: %(hundredths)d hundredths of a second a frame") % {**shown, "hundredths": shortest}
    shown |= {"short": shortest, "long": longer[-1]}
    return _("%(fps)d fps: %(short)d or %(long)d hundredths of a second a frame, %(average)s on average") % shown


def gif_paces(parameter: Parameter) -> list[str]:
    """What a GIF makes of every rate that can be asked for; nothing for a parameter that offers no GIF."""
    if not isinstance(parameter, Choice) or "gif" not in [option.value for option in parameter.options]:
        return []
    rates = {
        int(option.value)
        for model in models().values()
        if isinstance(rate := model.parameter("fps"), Choice)
        for option in rate.options
    }
    return [gif_pace(fps) for fps in sorted(rates)]


def duration(seconds: float) -> str:
    """12 s, 3 min, 1 h 5 min: as exact as an estimate can be."""
    whole = max(1, round(seconds))
    if whole < 100:
        return _("%(seconds)d s") % {"seconds": whole}
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def span(seconds: Range) -> str:
    """12–18 s, 1–3 min, 50 s to 2 min; one duration where both ends are told alike."""
    low, high = duration(seconds.low), duration(seconds.high)
    if low == high:
        return low
    if round(seconds.high) < 100:
        return _("%(low)d–%(high)d s") % {"low": max(1, round(seconds.low)), "high": round(seconds.high)}
    if round(seconds.low) >= 100 and round(seconds.high / 60) < 60:
        return _("%(low)d–%(high)d min") % {"low": round(seconds.low / 60), "high": round(seconds.high / 60)}
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def why_it_waits(why: Why) -> str:
    """One sentence to the owner, without a capital and a full stop."""
    match why.reason:
        case Reason.PAUSED:
            return _("the queue is paused")
        case Reason.NO_WORKER:
            return _("no worker is running")
        case Reason.NOT_OFFERED:
            return _("no worker is there that has %(model)s") % {"model": model_name(why.model)}
        case Reason.NO_LORAS:
            return _("no worker is there that has these LoRAs for %(model)s") % {"model": model_name(why.model)}
        case Reason.LIMIT:
            many = ngettext(
                "you have %(count)d running, and may not have more",
                "you have %(count)d running, and may not have more",
                why.count,
            )
            return many % {"count": why.count}
        case Reason.FAIR:
            return _("%(ahead)s: who had less goes first") % {"ahead": _ahead(why.count)}
        case Reason.WARM:
            return _("%(ahead)s: the model that is loaded is used first") % {"ahead": _ahead(why.count)}
        case Reason.AHEAD:
            return _ahead(why.count)
        case Reason.BUSY:
            return _("next, as soon as a worker is free")
        case Reason.LOADING:
            return _("the model loads first")
        case Reason.STARTING:
            return _("model is warm, nobody ahead")


def model_name(model_id: str) -> str:
    """The shown name; the id itself for a model that is not in the catalogue any more."""
    try:
        return get_model(model_id).name
    except UnknownModel:
        return model_id


def _ahead(count: int) -> str:
    return ngettext("%(count)d ahead of you", "%(count)d ahead of you", count) % {"count": count}


def _fact(parameter: Parameter, value: Any) -> Fact:
    shown, bare = shown_value(parameter, value), bare_value(parameter, value)
    return Fact(translated(parameter.label), shown, parameter.id, bare, _pictures(parameter, value))


def _pictures(parameter: Parameter, value: Any) -> tuple[str, ...]:
    match parameter:
        case Image():
            return (value,)
        case Keyframes():
            return tuple(entry["image"] for entry in value)
        case _:
            return ()


def _ordered(model: Model, parameters: Mapping[str, Any]) -> list[Parameter]:
    return [p for p in model.parameters if p.id in parameters and p.id != HEADLINE]
