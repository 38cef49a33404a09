"""Finds the models: every module of `models/` that has a MODEL is one."""

import pkgutil
from functools import cache
from importlib import import_module

from . import models as shelf
from .model import Model


class UnknownModel(KeyError):
    pass


@cache
def models() -> dict[str, Model]:
    """All models by id, in the order in which people see them."""
    modules = (import_module(f"{shelf.__name__}.{found.name}") for found in pkgutil.iter_modules(shelf.__path__))
    found = sorted((module.MODEL for module in modules), key=lambda model: (model.type, model.position))
    return {model.id: model for model in found}


def get_model(model_id: str) -> Model:
    try:
        return models()[model_id]
    except KeyError:
        raise UnknownModel(model_id) from None
