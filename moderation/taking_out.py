"""What moderation holds about a person, for that person to take along.

Who reported something of theirs, which moderator did what, and that a report led to nothing, is not told: it is not
told on any page either.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.dispatch import receiver

from people.signals import taken_out
from people.zipping import Entry, as_json

from .acts import Act
from .models import AuditEntry


@receiver(taken_out)
def add_what_moderation_holds(person: User, **_signal: Any) -> Iterator[Entry]:
    """Texts of theirs that were refused, reports that they made, what was done about them, and their appeals."""
    refusals = person.refusals.values("at", "where", "rule", "texts", "for_review")
    reports = person.reports_made.values("output", "collection", "wrong", "words", "created_at", "decided_at")
    told = AuditEntry.objects.filter(person_id=person.pk).exclude(act=Act.LEFT_ALONE)
    acts = told.values("id", "at", "act", "thing", "reason")
    appeals = person.appeals.values("act", "output", "words", "created_at", "decided_at", "reversed")
    for name, rows in (("refusals", refusals), ("reports", reports), ("acts", acts), ("appeals", appeals)):
        yield f"moderation/{name}.json", as_json(list(rows))
