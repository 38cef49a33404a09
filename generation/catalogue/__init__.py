"""What can be asked for: the models, their modes and their parameters.

Pure data and pure functions. The form, the validation, the guide, the admin, the command line and the
stored record are all derived from here; nothing is listed a second time.
"""

from .faults import Invalid
from .kinds import Band, Choice, Decimal, Image, Integer, Keyframes, Option, Parameter, Seed, Text
from .loras import Loras
from .model import Mode, Model, Type
from .registry import UnknownModel, get_model, models

__all__ = [
    "Band",
    "Choice",
    "Decimal",
    "Image",
    "Integer",
    "Invalid",
    "Keyframes",
    "Loras",
    "Mode",
    "Model",
    "Option",
    "Parameter",
    "Seed",
    "Text",
    "Type",
    "UnknownModel",
    "get_model",
    "models",
]
