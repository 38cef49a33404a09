"""Writing down what was refused, and what follows when it happens again and again."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from people.pausing import pause_by_rules
from people.standing import is_operator
from safety.policy import Rule, Verdict

from .models import Refusal, Where

LATELY = timedelta(days=7)
PAUSE = timedelta(days=7)


@transaction.atomic
def record(person: AbstractBaseUser, verdict: Verdict, texts: Mapping[str, str], where: Where) -> Refusal:
    """Keep the event. One too many of the rule about children in a few days pauses the person for a moderator's look.

    The same text again is no further one: people press twice.
    """
    assert verdict.rule is not None
    said = json.dumps(dict(texts), ensure_ascii=False, sort_keys=True)
    sha256 = hashlib.sha256(said.encode()).hexdigest()
    one_too_many = verdict.rule is Rule.UNDER_AGE and _is_one_too_many(person, sha256)
    refusal = Refusal.objects.create(
        person_id=person.pk,
        where=where,
        rule=verdict.rule,
        texts=dict(texts),
        words={field: list(words) for field, words in verdict.spans.items()},
        texts_sha256=sha256,
        for_review=one_too_many,
    )
    if one_too_many:
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
    """Counted anew after each pause. Operators, who answer for the site, are never paused by it."""
    if not settings.REFUSALS_BEFORE_PAUSE or is_operator(person):
        return False
    mine = Refusal.objects.filter(person_id=person.pk, rule=Rule.UNDER_AGE, at__gt=timezone.now() - LATELY)
    if last := mine.filter(for_review=True).first():
        mine = mine.filter(pk__gt=last.pk)
    before = set(mine.values_list("texts_sha256", flat=True))
    return len(before | {sha256}) >= settings.REFUSALS_BEFORE_PAUSE
