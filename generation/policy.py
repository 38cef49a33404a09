"""The policy of what may be asked for, as requests meet it: what it refuses becomes the fault of a field."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from moderation import gate
from safety import policy

from .catalogue import Invalid, Loras, Text, models

Where = gate.Where


class Refused(Invalid):
    """What the policy refuses, with the field whose text it is."""

    def __init__(self, refused: policy.Refused) -> None:
        super().__init__(refused.code, refused.message, **refused.params)
        self.field = refused.field


def texts(parameters: Mapping[str, Any]) -> dict[str, str]:
    """What the parameters of a request ask for in words, by field: prompts and the names of LoRAs, and not what must
    not appear. Also of stored parameters whose model is gone."""
    found: dict[str, str] = {}
    for parameter in (parameter for model in models().values() for parameter in model.parameters):
        value = parameters.get(parameter.id)
        if not value:
            continue
        if isinstance(parameter, Text) and parameter.asks:
            found[parameter.id] = value
        elif isinstance(parameter, Loras):
            found[parameter.id] = ", ".join(entry["name"] for entry in value)
    return found


def check(person: AbstractBaseUser, parameters: Mapping[str, Any], where: Where) -> None:
    """Raise Refused where this person may not ask for this; moderators find it in their log. Not in a transaction."""
    try:
        gate.check(person, texts(parameters), where)
    except policy.Refused as refused:
        raise Refused(refused) from None


def check_words(person: AbstractBaseUser, words: Mapping[str, str]) -> None:
    """The same of anything else that somebody brings in, by what it is."""
    try:
        gate.check(person, words, Where.IMPORT)
    except policy.Refused as refused:
        raise Refused(refused) from None


def check_unnamed(parameters: Mapping[str, Any]) -> None:
    """The rules that hold everywhere, for who asks without an account and perhaps without a database."""
    try:
        policy.refuse(policy.judge(texts(parameters)))
    except policy.Refused as refused:
        raise Refused(refused) from None
