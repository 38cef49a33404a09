"""What waits for moderators, with the facts at hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from gallery.models import Collection, Output, Withheld
from people import standing
from people.acts import Act as PeopleAct
from people.acts import may_act

from .acts import REFUSALS, Act, may_decide, thing
from .appealing import may_decide_appeal
from .models import Appeal, AuditEntry, Refusal, Report

AT_ONCE = 10
APPEAL_DAYS = 30
WAITING = (Withheld.PHOTOGRAPH, Withheld.POLICY)
"""Withheld by the rules until a moderator has looked."""
HELD_AGAINST = (
    *(Act.WARNED, Act.WITHHELD, Act.REMOVED, Act.COLLECTION_REMOVED),
    *(PeopleAct.PAUSED, PeopleAct.BANNED),
)
ABOUT_PEOPLE = (PeopleAct.PAUSED, PeopleAct.UNPAUSED, PeopleAct.BANNED)


@dataclass(frozen=True)
class Record:
    """How often there was something about a person before: reports, refusals, and acts of moderators by their names."""

    reports: int
    refusals: int
    acts: dict[str, int]


@dataclass(frozen=True)
class Case:
    """An output that somebody reported, or that waits withheld."""

    output: Output
    reports: list[Report]
    record: Record
    may_decide: bool

    @property
    def note(self) -> str:
        """What stands ready as the reason: what was reported first."""
        return self.reports[0].get_wrong_display() if self.reports else self.output.get_withheld_display()


@dataclass(frozen=True)
class CollectionCase:
    """A collection whose title or description somebody reported."""

    collection: Collection
    reports: list[Report]
    record: Record
    may_decide: bool

    @property
    def note(self) -> str:
        return self.reports[0].get_wrong_display()


@dataclass(frozen=True)
class OpenAppeal:
    appeal: Appeal
    record: Record
    may_decide: bool


@dataclass(frozen=True)
class Repeats:
    """Somebody whose texts were refused again and again. `refusals` are the newest first."""

    person: User
    refusals: list[Refusal]
    record: Record
    may_decide: bool

    @property
    def note(self) -> str:
        """What stands ready as the reason."""
        return gettext("Texts that are refused here, again and again")

    @property
    def paused_until(self) -> datetime | None:
        return standing.paused_until(self.person)


def reported(by: User) -> list[Case]:
    """What was reported, what waits longest first."""
    waiting = Report.objects.filter(decided_at=None, output__isnull=False).values("output")
    first = waiting.annotate(first=Min("created_at")).order_by("first")[:AT_ONCE]
    order = [row["output"] for row in first]
    found = {output.pk: output for output in _with_facts(Output.objects.filter(pk__in=order))}
    return _cases(by, [found[pk] for pk in order if pk in found])


def reported_collections(by: User) -> list[CollectionCase]:
    """What waits longest first."""
    waiting = Report.objects.filter(decided_at=None, collection__isnull=False).order_by().values("collection")
    order = [row["collection"] for row in waiting.annotate(first=Min("created_at")).order_by("first")[:AT_ONCE]]
    reports = Report.objects.filter(decided_at=None).select_related("reporter")
    rows = Collection.objects.filter(pk__in=order).select_related("owner__profile")
    found = rows.prefetch_related(Prefetch("reports", reports, to_attr="open_reports")).in_bulk()
    records = _records({collection.owner_id for collection in found.values()})
    return [
        CollectionCase(each, each.open_reports, records[each.owner_id], may_act(by, each.owner))
        for each in map(found.__getitem__, order)
    ]


def withheld(by: User) -> list[Case]:
    """What the rules withheld until somebody has looked, and nobody reported besides."""
    waiting = Output.objects.filter(withheld__in=WAITING).exclude(withheld="")
    unreported = waiting.exclude(reports__in=Report.objects.filter(decided_at=None))
    return _cases(by, list(_with_facts(unreported.order_by("created_at")[:AT_ONCE])))


def appeals(by: User) -> list[OpenAppeal]:
    rows = Appeal.objects.filter(decided_at=None).select_related("act", "person__profile", "output")
    found = list(rows[:AT_ONCE])
    records = _records({appeal.person_id for appeal in found})
    return [OpenAppeal(appeal, records[appeal.person_id], may_decide_appeal(by, appeal)) for appeal in found]


def refused_often(by: User) -> list[Repeats]:
    """Whose texts were refused again and again, who waits longest first: until a moderator has done something about
    that, or about the person."""
    waiting = Refusal.objects.filter(for_review=True, person__isnull=False)
    since = AuditEntry.objects.filter(person_id=OuterRef("person"), by_id__isnull=False, at__gt=OuterRef("at"))
    unseen = waiting.exclude(Exists(since.filter(Q(act__in=ABOUT_PEOPLE) | Q(thing=REFUSALS))))
    rows = unseen.order_by().values_list("person").annotate(first=Min("at")).order_by("first")
    order = [person for person, _first in rows[:AT_ONCE]]
    newest = Prefetch("refusals", Refusal.objects.all()[:AT_ONCE], to_attr="newest_refusals")
    people = User.objects.filter(pk__in=order).select_related("profile").prefetch_related(newest).in_bulk()
    records = _records(order)
    return [Repeats(people[pk], people[pk].newest_refusals, records[pk], may_act(by, people[pk])) for pk in order]


def beyond_appeal() -> list[Output]:
    """What was removed so long ago that nobody can appeal any more, and what waits for no appeal."""
    removed = Output.objects.filter(withheld=Withheld.REMOVED).exclude(withheld="")
    settled = removed.exclude(appeals__in=Appeal.objects.filter(decided_at=None))
    things = {thing(output): output for output in settled}
    recent = AuditEntry.objects.filter(
        act=Act.REMOVED, thing__in=things, at__gt=timezone.now() - timedelta(days=APPEAL_DAYS)
    )
    young = set(recent.values_list("thing", flat=True))
    return [output for name, output in things.items() if name not in young]


def _with_facts(outputs: QuerySet[Output]) -> QuerySet[Output]:
    open_reports = Report.objects.filter(decided_at=None).select_related("reporter")
    return outputs.select_related("owner__profile").prefetch_related(
        Prefetch("reports", open_reports, to_attr="open_reports")
    )


def _cases(by: User, outputs: list[Output]) -> list[Case]:
    records = _records({output.owner_id for output in outputs})
    return [
        Case(output, output.open_reports, records[output.owner_id], may_decide(by, output))  # type: ignore[attr-defined]
        for output in outputs
    ]


def _records(people: Iterable[int]) -> dict[int, Record]:
    people = list(people)
    reports = dict(Report.objects.filter(owner__in=people).order_by().values_list("owner").annotate(count=Count("id")))
    refusals = dict(
        Refusal.objects.filter(person__in=people).order_by().values_list("person").annotate(count=Count("id"))
    )
    acts: dict[int, dict[str, int]] = {person: {} for person in people}
    held = AuditEntry.objects.filter(person_id__in=people, act__in=HELD_AGAINST, by_id__isnull=False).order_by()
    for person, act, count in held.values_list("person_id", "act").annotate(count=Count("id")):
        acts[person][act] = count
    return {person: Record(reports.get(person, 0), refusals.get(person, 0), acts[person]) for person in people}
