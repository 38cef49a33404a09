"""The three rows of choices above the form."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .catalogue import models
from .composing import Selection
from .wording import translated

TYPES = {"image": _("Image"), "video": _("Video")}


@dataclass(frozen=True)
class Choosable:
    id: str
    label: str
    selected: bool
    tagline: str = ""


@dataclass(frozen=True)
class Chooser:
    """Every type, the models of the selected type, the modes of the selected model."""

    types: list[Choosable]
    models: list[Choosable]
    modes: list[Choosable]


def chooser(selection: Selection) -> Chooser:
    chosen, mode = selection.model, selection.mode
    offered = list(models().values())
    return Chooser(
        types=[
            Choosable(type, str(TYPES[type]), type == chosen.type)
            for type in dict.fromkeys(model.type for model in offered)
        ],
        models=[
            Choosable(model.id, model.name, model is chosen, translated(model.tagline))
            for model in offered
            if model.type == chosen.type
        ],
        modes=[
            Choosable(other.id, translated(other.short), other is mode, translated(other.help))
            for other in chosen.modes
        ],
    )
