"""What cannot be read in a search, as a sentence for whoever typed it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def gettext_noop(message: str) -> str:
    """Mark a message for translation; whoever shows it translates it."""
    return message


@dataclass(frozen=True)
class Fault:
    """`message` is an English template, `params` fills it after translation."""

    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class Unreadable(ValueError):
    """A value that its operator cannot take."""

    def __init__(self, message: str, **params: object) -> None:
        self.fault = Fault(message, params)
        super().__init__(str(self.fault))
