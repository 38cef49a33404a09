"""The part of the studio's form that asks for a grid."""

from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy

from .catalogue import Invalid
from .composing import Selection
from .forms import validation_error
from .grids import Axis, offered, read_values
from .posted import EXPLORE
from .wording import translated

AXES = ("x", "y")
SAME = gettext_lazy("Choose another parameter than the first.")
NONE = gettext_lazy("Choose a parameter.")


class ExploreForm(forms.Form):
    """One or two parameters and lists of values. Valid, it has `axes`: across first, then down."""

    prefix = EXPLORE.removesuffix("-")
    x = forms.ChoiceField(required=False, label=gettext_lazy("Across"))
    x_values = forms.CharField(required=False, max_length=4000, label=gettext_lazy("Values across"))
    y = forms.ChoiceField(required=False, label=gettext_lazy("Down"))
    y_values = forms.CharField(required=False, max_length=4000, label=gettext_lazy("Values down"))

    def __init__(self, selection: Selection, data: Mapping[str, Any] | None = None, **words: Any) -> None:
        super().__init__(data, **words)
        self.parameters = {parameter.id: parameter for parameter in offered(selection.model, selection.mode)}
        choices = [("", "—"), *((id, translated(parameter.label)) for id, parameter in self.parameters.items())]
        for name in AXES:
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.axes: list[Axis] = []

    @classmethod
    def typed(cls, selection: Selection, data: Mapping[str, Any]) -> Self:
        """What was typed, not judged yet."""
        return cls(
            selection,
            initial={name.removeprefix(EXPLORE): text for name, text in data.items() if name.startswith(EXPLORE)},
        )

    @property
    def is_open(self) -> bool:
        return bool(self.errors) or any(self[name].value() for name in AXES)

    def clean(self) -> dict[str, Any]:
        chosen = [name for name in AXES if self.cleaned_data.get(name)]
        for name in AXES:
            if name not in chosen and name not in self.errors and (name == "x" or self.cleaned_data.get("y_values")):
                self.add_error(name, NONE)
        if len({self.cleaned_data[name] for name in chosen}) < len(chosen):
            self.add_error("y", SAME)
            chosen.remove("y")
        for name in chosen:
            parameter = self.parameters[self.cleaned_data[name]]
            try:
                self.axes.append(Axis(parameter, read_values(parameter, self.cleaned_data.get(f"{name}_values", ""))))
            except Invalid as fault:
                self.add_error(f"{name}_values", validation_error(fault))
        return self.cleaned_data


def retyped(axes: tuple[Axis, ...]) -> dict[str, str]:
    """The fields that ask for these axes again."""
    fields: dict[str, str] = {}
    for name, axis in zip(AXES, axes, strict=False):
        fields |= {EXPLORE + name: axis.parameter.id}
        fields |= {f"{EXPLORE}{name}_values": "; ".join(str(value) for value in axis.values)}
    return fields
