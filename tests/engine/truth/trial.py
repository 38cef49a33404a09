"""One parameter of one model in one mode on trial, and how results are compared."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from generation.catalogue import Mode, Model, Parameter
from generation.request import Faults
from tests.engine.truth.lab import Lab, Run


@dataclass(frozen=True)
class Effect:
    """How much a parameter does."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value:.3g} {self.unit}"


@dataclass(frozen=True)
class Trial:
    model: Model
    mode: Mode
    parameter: Parameter
    lab: Lab

    def __str__(self) -> str:
        return f"{self.parameter.id} of {self.model.id} in {self.mode.id}"

    def run(self, **changes: Any) -> Run:
        """The smallest request of this mode with some values changed."""
        return self.lab.run(self.model, self.mode, **changes)

    def at(self, value: Any) -> Run:
        """The smallest request with this parameter alone changed."""
        return self.run(**{self.parameter.id: value})

    def refusal(self, value: Any) -> str:
        """The code of the fault that this value of the parameter is refused with; empty if it is not."""
        try:
            self.lab.request(self.model, self.mode, **{self.parameter.id: value})
        except Faults as faults:
            return faults.by_field[self.parameter.id].code
        return ""


def levels(one: np.ndarray, other: np.ndarray) -> Effect:
    """The mean difference of two pictures or videos, in levels of 255."""
    return Effect(distance(one, other), "levels")


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(np.subtract(one, other, dtype=np.float32)).mean())


def rising(values: list[float]) -> bool:
    return all(one < other for one, other in pairwise(values))
