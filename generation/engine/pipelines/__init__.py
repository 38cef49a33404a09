"""The families of pipelines, by the name that a model of the catalogue gives."""

from functools import cache
from importlib import import_module

from generation.catalogue import Model

from .family import Family

FAMILIES = {
    "sdxl": ("sdxl", "Sdxl"),
    "flux": ("flux", "Flux"),
    "wan_keyframes": ("wan_keyframes", "WanKeyframes"),
    "wan_vace": ("wan_vace", "WanVace"),
}
"""Module and class of each family; a family is imported when the first of its models is used."""


def family_of(model: Model) -> Family:
    return _family(model.family)


@cache
def _family(name: str) -> Family:
    module, kind = FAMILIES[name]
    family: Family = getattr(import_module(f".{module}", __name__), kind)()
    return family
