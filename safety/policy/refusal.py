"""A refusal in words that people can be shown. Pure."""

from collections.abc import Mapping
from typing import Any

from .judging import Rule, Verdict


def gettext_noop(message: str) -> str:
    """Mark a message for translation; whoever shows it translates it (this package knows no language)."""
    return message


_ = gettext_noop

_MESSAGES = {
    Rule.UNDER_AGE: _(
        "MediaGen makes nothing sexual with anybody under age, whatever the settings. This text would bring the two "
        "together. Moderators see that it was refused."
    ),
    Rule.UNCLEAR_AGE: _(
        "This text does not say that everybody in it is an adult. If they are, say so: a woman, a man, an age from 18. "
        "MediaGen makes nothing sexual with anybody under age."
    ),
    Rule.BLOCKED: _("The operators of this site do not allow this here: %(terms)s."),
}


class Refused(ValueError):
    """Texts that the policy refuses.

    `message` is an English template marked for translation, `params` fills it after translation, `code` names the
    rule for programs, and `field` is where the reason belongs.
    """

    def __init__(self, code: str, message: str, field: str, **params: Any) -> None:
        super().__init__(message % params if params else message)
        self.code = code
        self.message = message
        self.field = field
        self.params: Mapping[str, Any] = params


def refuse(verdict: Verdict) -> None:
    """Raises Refused where the verdict does not allow."""
    if verdict.rule is None:
        return
    params = {}
    if verdict.rule is Rule.BLOCKED:
        params["terms"] = ", ".join(dict.fromkeys(term for terms in verdict.spans.values() for term in terms))
    raise Refused(verdict.rule, _MESSAGES[verdict.rule], next(iter(verdict.spans)), **params)
