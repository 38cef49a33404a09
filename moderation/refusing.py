"""Writing down what was refused, and what follows when it happens again and again."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from people.acts import Act
from people.pausing import pause_by_rules
from people.standing import is_operator
from safety.policy import Rule, Verdict

from .models import AuditEntry, Refusal, Where

LATELY = timedelta(days=7)
PAUSE = timedelta(days=7)
REPEATS = 5
"""So many different texts, refused by whichever rule, are for moderators to look at."""


@transaction.atomic
def record(person: AbstractBaseUser, verdict: Verdict, texts: Mapping[str, str], where: Where) -> Refusal:
    """Keep the event. Several in a few days are put before moderators; of the rule about children, one too many also
    pauses the person until they have looked.

    The same text again is no further one: people press twice. Operators, who answer for the site, are never paused by
    it, and nobody is asked to look at them.
    """
    assert verdict.rule is not None
    said = json.dumps(dict(texts), ensure_ascii=False, sort_keys=True)
    sha256 = hashlib.sha256(said.encode()).hexdigest()
    counted = not is_operator(person)
    pauses = counted and verdict.rule is Rule.UNDER_AGE and _is_one_too_many(person, sha256)
    for_review = pauses or (counted and _are_repeats(person, sha256))
    refusal = Refusal.objects.create(
        person_id=person.pk,
        where=where,
        rule=verdict.rule,
        texts=dict(texts),
        words={field: list(words) for field, words in verdict.spans.items()},
        texts_sha256=sha256,
        for_review=for_review,
    )
    if pauses:
        pause_by_rules(
            person,
            timezone.now() + PAUSE,
            _(
                "Several of your texts were refused by the rule that protects children. You are paused until "
                "%(until_at)s, and a moderator looks at it. Until then you may look around, and not generate or share."
            ),
            reason=_("Several texts refused by the rule that protects children."),
        )
    return refusal


def forget_old() -> int:
    """Delete what was kept for as long as the site says; how many."""
    oldest = timezone.now() - timedelta(days=settings.REFUSALS_DAYS)
    return Refusal.objects.filter(at__lt=oldest).delete()[0]


def _is_one_too_many(person: AbstractBaseUser, sha256: str) -> bool:
    """Counted anew after each pause by the rules."""
    if not settings.REFUSALS_BEFORE_PAUSE:
        return False
    mine = _lately(person).filter(rule=Rule.UNDER_AGE)
    pauses = AuditEntry.objects.filter(person_id=person.pk, act=Act.PAUSED, by_id=None)
    if last := pauses.first():
        mine = mine.filter(at__gt=last.at)
    return _different(mine, sha256) >= settings.REFUSALS_BEFORE_PAUSE


def _are_repeats(person: AbstractBaseUser, sha256: str) -> bool:
    """Counted anew after each time that moderators were asked to look."""
    mine = _lately(person)
    if last := mine.filter(for_review=True).first():
        mine = mine.filter(pk__gt=last.pk)
    return _different(mine, sha256) >= REPEATS


def _lately(person: AbstractBaseUser) -> QuerySet[Refusal]:
    return Refusal.objects.filter(person_id=person.pk, at__gt=timezone.now() - LATELY)


def _different(refusals: QuerySet[Refusal], sha256: str) -> int:
    """How many different texts these are together with this one."""
    return len({*refusals.order_by().values_list("texts_sha256", flat=True).distinct(), sha256})
