"""What other rooms ask of moderation: whether these words may be used here."""

from collections.abc import Mapping
from functools import lru_cache

from django.contrib.auth.models import AbstractBaseUser

from safety import policy

from . import refusing
from .models import Term, Where
from .refusing import forget_old

__all__ = ["Where", "check", "check_words", "forget_old"]


def check(person: AbstractBaseUser, texts: Mapping[str, str], where: Where) -> None:
    """Raise safety.policy.Refused where this person's texts (by field, judged together) are refused, and log it.

    Outside of any transaction that the refusal would roll back: the log must stay.
    """
    verdict = policy.judge(texts, _lists())
    if not verdict.allowed:
        refusing.record(person, verdict, texts, where)
        policy.refuse(verdict)


def check_words(person: AbstractBaseUser, field: str, words: str) -> None:
    """The same for a title, a tag, or other words that somebody gives to something."""
    check(person, {field: words}, Where.WORDS)


def _lists() -> policy.Lists:
    """The operators' phrases as they stand now, by one short query; what is made of them is kept until they change."""
    found = Term.objects.values_list("phrase", "does")
    return _prepared(*(tuple(sorted(p for p, does in found if does == wanted)) for wanted in Term.Does.values))


@lru_cache(maxsize=4)
def _prepared(block: tuple[str, ...], allow: tuple[str, ...]) -> policy.Lists:
    return policy.Lists(block, allow)
