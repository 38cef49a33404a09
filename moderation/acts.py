"""What moderators do about what was reported, withheld or appealed. Each act is checked, written down and told."""

from datetime import timedelta
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from gallery import rating, services
from gallery.models import Collection, Output, Withheld
from people import acts as people_acts
from people import notices, standing
from people.acts import NotAllowed
from safety.ratings import Rating

from . import audit
from .models import AuditEntry

LABEL_CHARACTERS = 60
REFUSALS = "refusals"
"""What the log calls the texts that were refused to somebody."""


class Act(StrEnum):
    """What this room writes into the log; what is done about people is named by people.acts.Act."""

    LEFT_ALONE = "left_alone"
    RATED = "rated"
    WITHHELD = "withheld"
    REMOVED = "removed"
    COLLECTION_REMOVED = "collection_removed"
    RESTORED = "restored"
    WARNED = "warned"
    APPEALED = "appealed"
    UPHELD = "upheld"
    REVERSED = "reversed"


RATED_MESSAGES = {
    Rating.GENERAL: _("A moderator rated “%(what)s” as general: %(reason)s"),
    Rating.MATURE: _("A moderator rated “%(what)s” as mature: %(reason)s"),
    Rating.EXPLICIT: _("A moderator rated “%(what)s” as explicit: %(reason)s"),
}


def may_decide(by: User, output: Output) -> bool:
    """Whether this moderator may decide about it: by the same rule as about its owner."""
    return people_acts.may_act(by, output.owner)


@transaction.atomic
def leave(by: User, output: Output, note: str) -> None:
    """Nothing is wrong with it; what was withheld is shown, as far as its rating allows here. Raises NotAllowed."""
    _check(by, output)
    if output.withheld not in rating.BY_ITSELF:
        rating.give_back(output, by, note)
    else:
        audit.record(Act.LEFT_ALONE, by=by, person=output.owner, thing=thing(output), reason=note)
    _close(output)


@transaction.atomic
def rate(by: User, output: Output, to: Rating, note: str) -> None:
    """Raises NotAllowed, and CannotRate where the rating has just changed."""
    _check(by, output)
    rating.set_rating(output, to, by, note)
    _close(output)


@transaction.atomic
def withhold(by: User, output: Output, note: str) -> None:
    """Nobody but moderators sees it until an appeal is granted. Raises NotAllowed."""
    _check(by, output)
    services.withhold(output, Withheld.MODERATOR, by, note)
    _close(output)


@transaction.atomic
def remove(by: User, output: Output, note: str) -> None:
    """The same, and it is deleted for good once no appeal can bring it back. Raises NotAllowed."""
    _check(by, output)
    services.withhold(output, Withheld.REMOVED, by, note)
    _close(output)


@transaction.atomic
def leave_collection(by: User, collection: Collection, note: str) -> None:
    """Nothing is wrong with it. Raises NotAllowed."""
    if not people_acts.may_act(by, collection.owner):
        raise NotAllowed
    audit.record(Act.LEFT_ALONE, by=by, person=collection.owner, thing=thing(collection), reason=note)
    _close(collection)


@transaction.atomic
def remove_collection(by: User, collection: Collection, note: str) -> None:
    """It is gone, and what was in it stays its owner's, shown as it is by itself. Raises NotAllowed."""
    if not people_acts.may_act(by, collection.owner):
        raise NotAllowed
    was = {"title": collection.title, "description": collection.description}
    audit.record(
        Act.COLLECTION_REMOVED, by=by, person=collection.owner, thing=thing(collection), before=was, reason=note
    )
    message = _("A moderator removed the collection “%(what)s”, and nothing that was in it: %(reason)s")
    notices.tell(collection.owner, message, {"what": collection.title, "reason": note})
    _close(collection)
    collection.delete()


@transaction.atomic
def warn(by: User, person: User, note: str, about: str = "") -> AuditEntry:
    """Raises NotAllowed."""
    if not people_acts.may_act(by, person):
        raise NotAllowed
    entry = audit.record(Act.WARNED, by=by, person=person, thing=about, reason=note)
    notices.tell(person, _("A moderator warns you: %(reason)s"), {"reason": note}, appeal_url(entry))
    return entry


@transaction.atomic
def leave_refusals(by: User, person: User, note: str) -> None:
    """What was refused to this person says nothing against them; a pause that followed ends. Raises NotAllowed."""
    if not people_acts.may_act(by, person):
        raise NotAllowed
    audit.record(Act.LEFT_ALONE, by=by, person=person, thing=REFUSALS, reason=note)
    if standing.paused_until(person):
        people_acts.unpause(by, person)


def pause(by: User, person: User, days: int, note: str) -> None:
    """Raises NotAllowed."""
    people_acts.pause(by, person, timezone.now() + timedelta(days=days), note)


def ban(by: User, person: User, note: str) -> None:
    """Raises NotAllowed."""
    people_acts.ban(by, person, note)


def thing(about: Output | Collection) -> str:
    """What the log calls an output or a collection."""
    return f"{about._meta.model_name} {about.pk}"


def appeal_url(entry: AuditEntry) -> str:
    return reverse("appeal", args=[entry.pk])


def tell_withheld(output: Output, entry: AuditEntry, reason: Withheld, note: str) -> None:
    """Say to its owner what became of an output, and where to object."""
    message = _("A moderator withholds “%(what)s”: %(reason)s")
    if reason == Withheld.REMOVED:
        message = _("A moderator removed “%(what)s”: %(reason)s")
    notices.tell(output.owner, message, _about(output, note), appeal_url(entry))


def tell_rated(output: Output, entry: AuditEntry, note: str) -> None:
    """Say to its owner what a moderator rated it, and where to object."""
    message = RATED_MESSAGES[Rating(output.rating)]
    notices.tell(output.owner, message, _about(output, note), appeal_url(entry))


def tell_restored(output: Output) -> None:
    message = _("“%(what)s” is no longer withheld.")
    notices.tell(output.owner, message, _about(output), reverse("output", args=[output.pk]))


def _about(output: Output, reason: str = "") -> dict[str, str]:
    return {"what": output.label[:LABEL_CHARACTERS], "reason": reason}


def _check(by: User, output: Output) -> None:
    if not may_decide(by, output):
        raise NotAllowed


def _close(about: Output | Collection) -> None:
    """The reports of it are answered; who made them is told so, not how."""
    open_reports = about.reports.filter(decided_at=None)
    reporters = list(User.objects.filter(reports_made__in=open_reports).distinct())
    open_reports.update(decided_at=timezone.now())
    for reporter in reporters:
        notices.tell(reporter, _("A moderator has looked at what you reported. Thank you."))
