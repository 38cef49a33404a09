"""The trash: what was deleted stays there for its owner alone, until it is restored, deleted for good, or too old."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from people.standing import Person

from . import stacks
from .models import Output

BATCH = 50
"""How many go for good in one transaction: each takes its files along."""


def of(person: Person) -> QuerySet[Output]:
    return Output.objects.filter(owner_id=person.pk, trashed_at__isnull=False)


def trash(person: Person, outputs: Iterable[UUID]) -> int:
    """Put this person's own there; how many were not there yet."""
    return _set(Output.objects.filter(owner_id=person.pk, trashed_at=None), outputs, timezone.now())


def restore(person: Person, outputs: Iterable[UUID]) -> int:
    """Bring them back, to whom and to where they were shown before; how many were in the trash."""
    return _set(of(person), outputs, None)


def purge(person: Person, outputs: Iterable[UUID]) -> int:
    """Delete for good what is in the trash; how many."""
    ids = list(outputs)
    return sum(_delete(of(person), ids[at : at + BATCH]) for at in range(0, len(ids), BATCH))


def empty(person: Person) -> int:
    """Delete for good all that is in the trash now; how many."""
    return purge(person, of(person).values_list("pk", flat=True))


def purge_due() -> int:
    """Delete for good some of what has been in the trash for as long as the site keeps it; how many."""
    if not settings.TRASH_DAYS:
        return 0
    due = Output.objects.filter(trashed_at__lte=timezone.now() - timedelta(days=settings.TRASH_DAYS))
    return _delete(due, list(due.order_by("trashed_at").values_list("pk", flat=True)[:BATCH]))


def goes_at(output: Output) -> datetime | None:
    """When it is deleted for good by itself; None where it is not."""
    if output.trashed_at is None or not settings.TRASH_DAYS:
        return None
    return output.trashed_at + timedelta(days=settings.TRASH_DAYS)


@transaction.atomic
def _set(rows: QuerySet[Output], outputs: Iterable[UUID], trashed_at: datetime | None) -> int:
    found = dict(rows.filter(pk__in=list(outputs)).select_for_update().values_list("pk", "stack"))
    count = rows.filter(pk__in=found).update(trashed_at=trashed_at)
    for stack in set(found.values()):
        stacks.resettle(stack)
    return count


@transaction.atomic
def _delete(rows: QuerySet[Output], ids: list[UUID]) -> int:
    """Locked first, so that nothing goes that was restored meanwhile."""
    found = list(rows.filter(pk__in=ids).select_for_update().values_list("pk", flat=True))
    Output.objects.filter(pk__in=found).delete()
    return len(found)
