"""How the engine uses its machine: what an operator may choose. No torch here, so that settings can be made of it."""

from dataclasses import dataclass
from enum import StrEnum


class MemoryProfile(StrEnum):
    """Where weights lie while a model works, from most to least memory of the GPU."""

    FULL = "full"
    BALANCED = "balanced"
    LOW = "low"

    @property
    def below(self) -> "MemoryProfile | None":
        """The profile that takes less, if there is one."""
        following = list(MemoryProfile)[list(MemoryProfile).index(self) + 1 :]
        return following[0] if following else None


@dataclass(frozen=True)
class Options:
    """What an engine is told of its machine.

    `device` is `cpu`, `cuda` or one GPU such as `cuda:1`; without one, the GPU if there is one. Without `memory`, each
    model gets the profile that fits. `first_block_cache` is the relative change of the first block's residual below
    which a step takes the other blocks from the step before. `attention` is a backend by diffusers' name.
    """

    device: str | None = None
    memory: MemoryProfile | None = None
    first_block_cache: float | None = None
    compile: bool = False
    attention: str | None = None


AUTOMATIC = Options()
"""Nothing asked for: the GPU if there is one, what fits its memory, and the bits of plain diffusers."""
