"""What a tool wrote into a file about how it was made, before anything here is compared with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OURS = "MediaGen"


@dataclass(frozen=True)
class Found:
    """`settings` are under the tool's own names; `others` is what it says of things that are no single setting."""

    tool: str
    settings: Mapping[str, Any]
    others: Mapping[str, str] = field(default_factory=dict)


class Unreadable(ValueError):
    """The texts are of this tool, but not in a form that it writes."""


def normal(name: str) -> str:
    """CFG scale, cfg_scale and Cfg-Scale are one name."""
    return " ".join(str(name).replace("_", " ").replace("-", " ").casefold().split())
