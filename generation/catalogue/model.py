"""What a model is: the modes it offers, the parameters it takes, where its weights come from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from .kinds import Image, Keyframes, Parameter

Type = Literal["image", "video"]
Family = Literal["sdxl", "flux", "wan_keyframes", "wan_vace"]


@dataclass(frozen=True)
class Mode:
    """One way to use a model. `label` is the full name, `short` fits a segment of the form."""

    id: str
    label: str
    short: str
    help: str = ""


@dataclass(frozen=True)
class Source:
    """Where the real weights come from: a hub repository in the diffusers layout, or `file` in it, a name or a pattern
    such as `folder/*`. `config_repo`, in the diffusers layout, then holds what those files lack: shapes, tokenizers,
    and the components that they do not bring.
    """

    repo: str
    file: str = ""
    config_repo: str = ""
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model as people see it. `family` names the pipelines in the engine that can run it."""

    id: str
    name: str
    type: Type
    family: Family
    tagline: str
    help: str
    position: int
    modes: tuple[Mode, ...]
    parameters: tuple[Parameter, ...]
    source: Source
    estimate: Callable[[Mapping[str, Any]], float]

    def mode(self, mode_id: str) -> Mode | None:
        return next((mode for mode in self.modes if mode.id == mode_id), None)

    def parameter(self, parameter_id: str) -> Parameter | None:
        return self._by_id.get(parameter_id)

    def parameters_for(self, mode_id: str) -> tuple[Parameter, ...]:
        return tuple(p for p in self.parameters if p.applies_to(mode_id))

    def images_for(self, mode_id: str) -> Iterator[Parameter]:
        """The parameters of a mode that take pictures."""
        return (p for p in self.parameters_for(mode_id) if isinstance(p, Image | Keyframes))

    @cached_property
    def _by_id(self) -> dict[str, Parameter]:
        return {p.id: p for p in self.parameters}
