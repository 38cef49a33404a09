"""What other rooms ask of moderation: whether these words may be used here."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection

from safety import policy

from . import refusing
from .models import Term, Where
from .refusing import forget_old

__all__ = ["Where", "check", "check_beside_each", "forget_old"]


# In SQL, for every submit asks it.
_TERMS = "SELECT phrase, does FROM moderation_term"


def check(
    person: AbstractBaseUser, texts: Mapping[str, str], where: Where, beside: Mapping[str, str] | None = None
) -> None:
    """Raise safety.policy.Refused where this person's texts (by field, judged together) are refused, and log it.

    `beside` are words that stand there already: judged along, and nothing is refused for what they say by themselves.
    Outside of any transaction that the refusal would roll back: the log must stay.
    """
    together = {**texts, **(beside or {})}
    verdict = policy.judge(together, _lists())
    if not verdict.allowed and not verdict.spans.keys().isdisjoint(texts):
        refusing.record(person, verdict, together, where)
        policy.refuse(verdict)


def check_beside_each(
    person: AbstractBaseUser, texts: Mapping[str, str], where: Where, things: Iterable[Mapping[str, str]]
) -> None:
    """The same of texts that are written on several things at once, of which each has words already."""
    check(person, texts, where)
    if policy.judge(texts).contexts:  # else nothing in them could meet anything
        for beside in things:
            check(person, texts, where, beside)


def _lists() -> policy.Lists:
    """The operators' phrases as they stand now, by one short query; what is made of them is kept until they change."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS)
        found = cursor.fetchall()
    return _prepared(*(tuple(sorted(p for p, does in found if does == wanted)) for wanted in Term.Does.values))


@lru_cache(maxsize=4)
def _prepared(block: tuple[str, ...], allow: tuple[str, ...]) -> policy.Lists:
    return policy.Lists(block, allow)
