"""Which LoRAs can be asked for, as far as the web and the command line can tell: those beside their own models."""

from django.conf import settings

from .catalogue import Invalid, Loras, Model
from .engine import loras
from .request import Request


def names(model: Model) -> list[str]:
    """What can stand in the form of this model, in the order of a dictionary."""
    return loras.available(settings.MEDIAGEN_MODELS)[model.id]


def faults(request: Request) -> dict[str, Invalid]:
    """What a request asks for that is not here, by its field."""
    found: dict[str, Invalid] = {}
    for parameter in request.model.parameters_for(request.mode_id):
        if isinstance(parameter, Loras):
            try:
                parameter.require(request[parameter.id], names(request.model), request.model.name)
            except Invalid as fault:
                found[parameter.id] = fault
    return found
