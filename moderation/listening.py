"""What other rooms announce goes into the log; what Django's admin notes down, too."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry, LogEntryManager
from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import QuerySet
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils.translation import gettext_noop as _

from gallery import signals as gallery_signals
from gallery.models import Output, Withheld
from gallery.rating import rated
from people import notices
from people import signals as people_signals
from people.acts import Act as PeopleAct
from safety.ratings import Rating

from . import audit
from .acts import Act, appeal_url, tell_rated, tell_restored, tell_withheld, thing

ADMIN_ACTS = {ADDITION: "admin_added", CHANGE: "admin_changed", DELETION: "admin_deleted"}


@receiver(people_signals.acted)
def keep_act_about_person(
    by: User | None, person: User | None, act: PeopleAct, details: dict[str, Any], **_signal: Any
) -> None:
    facts = dict(details)
    entry = audit.record(act, by=by, person=person, reason=str(facts.pop("reason", "")), after=facts)
    if act == PeopleAct.PAUSED and person is not None:
        message = _("If the pause was wrong, say so once: another moderator looks at it.")
        notices.tell(person, message, url=appeal_url(entry))


@receiver(gallery_signals.withheld)
def keep_withheld(
    output: Output, before: str, reason: Withheld, by: AbstractBaseUser | None, note: str, **_signal: Any
) -> None:
    entry = audit.record(
        Act.REMOVED if reason == Withheld.REMOVED else Act.WITHHELD,
        by=by,
        person=output.owner,
        thing=thing(output),
        before={"withheld": before},
        after={"withheld": reason},
        reason=note,
    )
    tell_withheld(output, entry, reason, note)


@receiver(gallery_signals.restored)
def keep_restored(output: Output, before: str, by: AbstractBaseUser | None, note: str, **_signal: Any) -> None:
    audit.record(
        Act.RESTORED,
        by=by,
        person=output.owner,
        thing=thing(output),
        before={"withheld": before},
        after={"withheld": output.withheld},
        reason=note,
    )
    if not output.withheld:
        tell_restored(output)


@receiver(rated)
def keep_rated(output: Output, before: Rating, by: AbstractBaseUser | None, note: str, **_signal: Any) -> None:
    """What somebody rated, and what the rules withhold for its rating. Who raises one's own is not told what they do,
    and can have it undone like anybody's rating: by an appeal."""
    facts = {"rating": output.rating, "withheld": output.withheld}
    if by is None:
        if output.withheld:
            audit.record(Act.WITHHELD, person=output.owner, thing=thing(output), after=facts)
        return
    was = {"rating": before}
    entry = audit.record(
        Act.RATED, by=by, person=output.owner, thing=thing(output), before=was, after=facts, reason=note
    )
    if by.pk != output.owner_id:
        tell_rated(output, entry, note)


@receiver(post_save, sender=LogEntry)
def keep_act_in_admin(instance: LogEntry, created: bool, **_signal: Any) -> None:
    if created:
        _copy(instance)


class KeptEntries(QuerySet[LogEntry]):
    """Acts on many rows at once are inserted together, and send no signal."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> Any:
        made = super().bulk_create(objs, *args, **options)
        for entry in made:
            _copy(entry)
        return made


def keep_bulk_acts() -> None:
    """Django has no other place to hear of them."""
    LogEntryManager._queryset_class = KeptEntries  # type: ignore[attr-defined]


def _copy(entry: LogEntry) -> None:
    model = entry.content_type
    audit.record(
        ADMIN_ACTS[entry.action_flag],
        by=entry.user,
        thing=f"{model.app_label}.{model.model} {entry.object_id}" if model else str(entry.object_id),
        after={"name": entry.object_repr, "changes": entry.change_message},
    )
