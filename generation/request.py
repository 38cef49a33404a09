"""One request: what was asked for, complete and checked. Pure: JSON in, JSON out, no Django and no torch.

The JSON form is flat: `type`, `model`, `mode`, then every parameter of that mode under its id. Pictures stand in it as
the SHA-256 of the stored reference image.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .catalogue import Invalid, Keyframes, Model, Parameter, Seed, UnknownModel, get_model, models
from .catalogue.faults import gettext_noop as _
from .catalogue.kinds import MAX_SEED

VERSION = 1
CHOSEN_FIRST = ("type", "model", "mode")


class Faults(ValueError):
    """Everything that is wrong with a request, by field."""

    def __init__(self, by_field: Mapping[str, Invalid]) -> None:
        super().__init__("; ".join(f"{field}: {fault}" for field, fault in by_field.items()))
        self.by_field = dict(by_field)


@dataclass(frozen=True)
class Request:
    """A checked request. `values` holds a clean value for every parameter of the mode that matters, defaults too."""

    model_id: str
    mode_id: str
    values: Mapping[str, Any]

    @property
    def model(self) -> Model:
        return get_model(self.model_id)

    @property
    def type(self) -> str:
        return self.model.type

    def __getitem__(self, parameter_id: str) -> Any:
        return self.values[parameter_id]

    def get(self, parameter_id: str, default: Any = None) -> Any:
        return self.values.get(parameter_id, default)

    @property
    def seeds(self) -> list[int]:
        """One seed a variant: counting up from the first, wrapping inside the range."""
        return [(self["seed"] + variant) % (MAX_SEED + 1) for variant in range(self["batch_size"])]

    @property
    def images(self) -> list[str]:
        """The hashes of all pictures the request uses, each once."""
        found: dict[str, None] = {}
        for parameter in self.model.images_for(self.mode_id):
            value = self[parameter.id]
            if isinstance(parameter, Keyframes):
                found.update((entry["image"], None) for entry in value)
            else:
                found[value] = None
        return list(found)

    @property
    def loras(self) -> list[str]:
        """The names of the LoRAs that act in it, sorted."""
        return sorted(entry["name"] for entry in self["loras"] if entry["weight"])

    def estimate_seconds(self) -> float:
        """The catalogue's first guess for the whole request, all variants, in seconds."""
        return self.model.estimate(self.values) * self["batch_size"]

    def with_drawn_seed(self) -> "Request":
        """The same request with a seed of its own where none was given."""
        if self["seed"] != Seed.RANDOM:
            return self
        return self.replacing(seed=random.SystemRandom().randint(0, MAX_SEED))

    def for_variant(self, variant: int) -> "Request":
        """The request that makes this one variant by itself."""
        return self.replacing(seed=self.seeds[variant], batch_size=1)

    def replacing(self, **values: Any) -> "Request":
        return replace(self, values={**self.values, **values})

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "model": self.model_id, "mode": self.mode_id, **self.values}


def parse(data: Mapping[str, Any]) -> Request:
    """Check raw values (form fields, command line, stored JSON) and fill in the defaults.

    A parameter left out takes its default; so do type, model and mode: the first that is offered. Raises Faults naming
    every field that is wrong.
    """
    model, mode_id = _chosen(data)
    faults: dict[str, Invalid] = dict(_strangers(data, model, mode_id))
    values: dict[str, Any] = {}
    parameters = model.parameters_for(mode_id)
    for parameter in parameters:
        try:
            if parameter.id in data:
                values[parameter.id] = parameter.clean(data[parameter.id])
            else:
                values[parameter.id] = _left_out(parameter)
        except Invalid as fault:
            faults[parameter.id] = fault
    for parameter in parameters:
        try:
            if parameter.id in values:
                values[parameter.id] = parameter.check(values[parameter.id], _beside(parameters, values))
        except Invalid as fault:
            faults[parameter.id] = fault
    if faults:
        raise Faults(faults)
    mattering = {parameter.id: values[parameter.id] for parameter in parameters if parameter.matters(values)}
    return Request(model.id, mode_id, mattering)


def _beside(parameters: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The clean values, with defaults standing in for those that were refused."""
    return {parameter.id: parameter.default for parameter in parameters} | dict(values)


def _left_out(parameter: Parameter) -> Any:
    if parameter.required:
        return parameter.clean([] if isinstance(parameter, Keyframes) else "")
    return parameter.clean(parameter.default)


def _chosen(data: Mapping[str, Any]) -> tuple[Model, str]:
    offered = list(models().values())
    types = list(dict.fromkeys(model.type for model in offered))
    if data.get("type", types[0]) not in types:
        fault = Invalid("unknown_type", _("Choose a type: %(known)s."), known=", ".join(types))
        raise Faults({"type": fault})
    first = next(model for model in offered if model.type == data.get("type", model.type))
    try:
        model = get_model(str(data.get("model", first.id)))
    except UnknownModel:
        fault = Invalid("unknown_model", _("Choose a model: %(known)s."), known=", ".join(models()))
        raise Faults({"model": fault}) from None
    if data.get("type", model.type) != model.type:
        fault = Invalid("wrong_type", _("%(model)s makes another type: %(type)s."), model=model.name, type=model.type)
        raise Faults({"type": fault})
    mode = model.mode(str(data.get("mode", model.modes[0].id)))
    if mode is None:
        modes = ", ".join(mode.id for mode in model.modes)
        fault = Invalid("unknown_mode", _("%(model)s offers these modes: %(modes)s."), model=model.name, modes=modes)
        raise Faults({"mode": fault})
    return model, mode.id


def _strangers(data: Mapping[str, Any], model: Model, mode_id: str) -> Iterator[tuple[str, Invalid]]:
    """What was sent but cannot be asked of this model in this mode."""
    wanted = {p.id for p in model.parameters_for(mode_id)} | set(CHOSEN_FIRST)
    known = {p.id for any_model in models().values() for p in any_model.parameters}
    for field in data:
        if field in wanted:
            continue
        if field in known:
            message = _("%(field)s does not apply to %(model)s in mode %(mode)s. Leave it out.")
            yield field, Invalid("not_applicable", message, field=field, model=model.name, mode=mode_id)
        else:
            yield field, Invalid("unknown_parameter", _("There is no parameter %(field)s."), field=str(field)[:80])
