"""A pause that the rules set by themselves, before any moderator has looked."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from . import notices, signals
from .acts import Act
from .models import Profile


@transaction.atomic
def pause_by_rules(person: AbstractBaseUser, until: datetime, message: str, reason: str) -> None:
    """Until then, the person may look, and not generate or share; what they have waiting ends.

    `message` is what the person is told: a msgid that may speak of `%(until_at)s`. `reason` is for moderators.
    """
    Profile.objects.update_or_create(user_id=person.pk, defaults={"paused_until": until, "stopped_because": reason})
    signals.stopped.send(sender=Act, person=person)
    notices.tell(person, message, {"until_at": until.isoformat()})
    details = {"until": until.isoformat(), "reason": reason}
    signals.acted.send(sender=Act, by=None, person=person, act=Act.PAUSED, details=details)
