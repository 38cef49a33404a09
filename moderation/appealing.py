"""One word against an act, and what becomes of it."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from gallery import rating, services
from gallery.models import Output, Withheld
from people import acts as people_acts
from people import notices
from people.acts import Act as PeopleAct
from people.acts import NotAllowed, may_act
from people.models import Role
from safety.ratings import Rating

from . import audit
from .acts import Act, thing
from .models import Appeal, AuditEntry

APPEALABLE = (Act.WITHHELD, Act.REMOVED, Act.RATED, Act.WARNED, PeopleAct.PAUSED)
OF_OUTPUTS = (Act.WITHHELD, Act.REMOVED, Act.RATED)


class AppealedBefore(Exception):
    """One appeal is all there is."""


def output_of(entry: AuditEntry) -> Output | None:
    """What the act was about, where that is still there."""
    kind, _space, key = entry.thing.partition(" ")
    return Output.objects.filter(pk=key).first() if kind == "output" else None


def newest_about(person: User, output: Output) -> AuditEntry | None:
    """The act for which an output of this person's is withheld, or has its rating."""
    return AuditEntry.objects.filter(person_id=person.pk, act__in=OF_OUTPUTS, thing=thing(output)).first()


def appeal(person: User, entry: AuditEntry, words: str) -> Appeal:
    """Raises AppealedBefore."""
    try:
        with transaction.atomic():
            made = Appeal.objects.create(act=entry, person=person, output=output_of(entry), words=words)
            audit.record(Act.APPEALED, by=person, person=person, thing=entry.thing, after={"act": entry.pk})
    except IntegrityError:
        raise AppealedBefore from None
    return made


def may_decide_appeal(by: User, made: Appeal) -> bool:
    """Another than who did it, if there is one."""
    if not may_act(by, made.person):
        return False
    return by.pk != made.act.by_id or not _somebody_else(by, made)


@transaction.atomic
def uphold(by: User, made: Appeal, note: str) -> None:
    """It stays as it is; what was removed is deleted for good. Raises NotAllowed."""
    _decide(by, made, reversed=False)
    audit.record(Act.UPHELD, by=by, person=made.person, thing=made.act.thing, after={"act": made.act_id}, reason=note)
    notices.tell(
        made.person, _("A moderator has read your appeal, and it stays as it is: %(reason)s"), {"reason": note}
    )
    if made.act.act == Act.REMOVED and made.output:
        services.delete(made.output)


@transaction.atomic
def reverse(by: User, made: Appeal, note: str) -> None:
    """It is as if it had not been done. Raises NotAllowed."""
    _decide(by, made, reversed=True)
    audit.record(Act.REVERSED, by=by, person=made.person, thing=made.act.thing, after={"act": made.act_id}, reason=note)
    notices.tell(made.person, _("Your appeal was granted: %(reason)s"), {"reason": note})
    if made.act.act == PeopleAct.PAUSED:
        people_acts.unpause(by, made.person)
    elif made.output:
        _give_back(by, made.output, made.act, note)


def _give_back(by: User, output: Output, act: AuditEntry, note: str) -> None:
    """Against a rating: the one before it. What the rules withheld for its rating alone was rated wrongly."""
    if act.act == Act.RATED:
        rating.set_rating(output, Rating(act.before["rating"]) or Rating.GENERAL, by, note)
    elif output.withheld == Withheld.MATURE_OFF:
        rating.set_rating(output, Rating.GENERAL, by, note)
    elif output.withheld:
        rating.give_back(output, by, note)


def _decide(by: User, made: Appeal, *, reversed: bool) -> None:
    if not may_decide_appeal(by, made):
        raise NotAllowed
    waiting = Appeal.objects.filter(pk=made.pk, decided_at=None)
    if not waiting.update(decided_at=timezone.now(), reversed=reversed):
        raise NotAllowed


def _somebody_else(by: User, made: Appeal) -> bool:
    moderators = User.objects.filter(Q(is_staff=True) | Q(profile__role=Role.MODERATOR), is_active=True)
    return any(may_act(other, made.person) for other in moderators.exclude(pk=by.pk))
