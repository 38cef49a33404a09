"""The catalogue's words in templates."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from gallery.models import Output

from .. import differences as differing
from .. import using, wording
from ..basis import Was
from ..catalogue import Model, Parameter
from ..engine.api import Stage
from ..models import Generation
from ..using import Use

register = template.Library()
register.filter("translated", wording.translated)
register.filter("failure", wording.failure)
register.filter("range_text", wording.range_text)
register.filter("model_name", wording.model_name)
register.filter("span", wording.span)
register.filter("why_it_waits", wording.why_it_waits)
register.filter("gif_pace", wording.gif_pace)
register.filter("gif_paces", wording.gif_paces)

STAGES = {
    Stage.LOADING: _("loading"),
    Stage.ENCODING: _("encoding prompt"),
    Stage.DENOISING: _("denoising"),
    Stage.DECODING: _("decoding"),
    Stage.SAVING: _("saving"),
}


@register.filter
def band(bound: BoundField) -> str:
    """What the number in this field means."""
    return wording.band(bound.field.parameter, bound.value())  # type: ignore[attr-defined]


@register.filter
def duration(seconds: float) -> str:
    return wording.duration(seconds)


@register.filter
def suggested(generation: Generation) -> str:
    """The parameters with which a generation that failed would have worked."""
    return wording.changes(generation.request.model, generation.suggestion or {})


@register.filter
def stage_name(stage: str) -> str:
    return str(STAGES[Stage(stage)])


@register.simple_tag
def only_in(model: Model, parameter: Parameter) -> str:
    """The modes of the model that have this parameter, where not all have."""
    modes = [mode for mode in model.modes if parameter.applies_to(mode.id)]
    return "" if len(modes) == len(model.modes) else ", ".join(wording.translated(mode.label) for mode in modes)


@register.simple_tag
def was(bound: BoundField) -> Was | None:
    """The field as it was in what the form is based on."""
    return bound.form.was(bound.field.parameter)  # type: ignore[attr-defined]


@register.simple_tag
def uses(model: str) -> list[Use]:
    """The ways to use the picture of an output that this model made."""
    return using.uses(model)


@register.simple_tag
def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[differing.Difference]:
    """What differs between two stored requests."""
    return differing.differences(old, new)


@register.simple_tag
def parameter_table(outputs: Iterable[Output]) -> differing.Table:
    """The parameters of several outputs beside each other."""
    return differing.table([output.parameters for output in outputs])


@register.filter
def tells(table: differing.Table, place: int) -> str:
    """What sets one of the outputs in the table apart from the others."""
    return table.tells(place)


@register.simple_tag
def facts(parameters: Mapping[str, Any]) -> list[wording.Fact]:
    """What a stored request asked for, as (label, shown value)."""
    return wording.facts(parameters)
