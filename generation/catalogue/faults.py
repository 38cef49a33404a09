"""What is wrong with a value, as a message that can be translated later."""

from collections.abc import Mapping
from typing import Any


def gettext_noop(message: str) -> str:
    """Mark a message for translation; whoever shows it translates it (this package knows no language)."""
    return message


class Invalid(ValueError):
    """A value that a parameter refuses.

    `message` is an English template marked for translation, `params` fills it after translation, `code` names
    the rule for programs.
    """

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(message % params if params else message)
        self.code = code
        self.message = message
        self.params: Mapping[str, Any] = params
