"""What the gallery can be asked for: everything that the catalogue knows of a request."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from gallery.search.vocabulary import Kind, Operator, Value

from .catalogue import Choice, Image, Keyframes, Loras, Mode, Model, Option, Parameter, Text, models
from .catalogue.faults import gettext_noop as _
from .catalogue.kinds import Number

LEFT_OUT = {"num", "output", "scale", "score", "strength", "variant"}
"""Words of a parameter's id that people leave out: `cfg` is `cfg_scale`."""


def operators() -> Iterator[Operator]:
    """The choices that come first, then every parameter with a value to ask for; what several models have is one."""
    every = list(models().values())
    types = tuple(Value(type) for type in dict.fromkeys(model.type for model in every))
    yield Operator("type", Kind.CHOICE, _("Type"), values=types)
    yield Operator("model", Kind.NAME, _("Model"), values=tuple(Value(model.id, model.name) for model in every))
    modes = {mode.id: mode for model in every for mode in model.modes}
    yield Operator("mode", Kind.CHOICE, _("Mode"), values=tuple(map(_mode, modes.values())))
    parameters = sorted(_askable(every), key=lambda parameter: parameter.id)
    for name, same in groupby(parameters, key=lambda parameter: parameter.id):
        yield _operator(name, list(same))


def _askable(every: Iterable[Model]) -> Iterator[Parameter]:
    for model in every:
        yield from (p for p in model.parameters if not isinstance(p, Text | Image | Keyframes))


def _operator(name: str, same: list[Parameter]) -> Operator:
    (first, *_others) = same
    options = [option for parameter in same if isinstance(parameter, Choice) for option in parameter.options]
    short = "_".join(part for part in name.split("_") if part not in LEFT_OUT)
    if isinstance(first, Loras):
        return Operator(name, Kind.NAME, first.label, short=name.removesuffix("s"))
    if isinstance(first, Number) or all(isinstance(option.value, int) for option in options):
        return Operator(name, Kind.NUMBER, first.label, short=short)
    return Operator(name, Kind.NAME, first.label, values=tuple(dict.fromkeys(map(_value, options))), short=short)


def _value(option: Option) -> Value:
    return Value(str(option.value), option.label, option.aliases)


def _mode(mode: Mode) -> Value:
    """`i2v` is image2video, by the first letters."""
    left, two, right = mode.id.partition("2")
    return Value(mode.id, mode.label, (f"{left[0]}2{right[0]}",) if two else ())
