"""How much room a person's files take, what takes it, and how much is left.

The files as they were made count, also those in the trash; smaller pictures drawn of them do not.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet, Sum

from people import standing
from people.standing import Person

from .models import Output

LARGEST = 24

# In SQL, for every submit asks it.
_ALLOWANCE = "SELECT bytes FROM gallery_allowance WHERE person_id = %s"


@dataclass(frozen=True)
class Part:
    """All files that have something in common: `value` is what, as the database writes it."""

    value: str
    count: int
    bytes: int


@dataclass(frozen=True)
class Room:
    """In bytes. `quota` is 0 where there is none."""

    used: int
    trashed: int
    quota: int

    @property
    def left(self) -> int | None:
        """None where there is no quota."""
        return max(self.quota - self.used, 0) if self.quota else None

    @property
    def percent(self) -> int:
        """Of the quota, as far as a bar can show it."""
        return min(round(100 * self.used / self.quota), 100) if self.quota else 0


def of(person: Person) -> Room:
    """Read from an index alone, however much the person has."""
    mine = Output.objects.filter(owner_id=person.pk).order_by()
    return Room(_bytes(mine), _bytes(mine.filter(trashed_at__isnull=False)), quota(person))


def left(person: Person) -> int | None:
    """How many bytes more this person may keep; None where there is no quota, which costs no sum."""
    if not (limit := quota(person)):
        return None
    return max(limit - _bytes(Output.objects.filter(owner_id=person.pk).order_by()), 0)


def quota(person: Person) -> int:
    """The person's own where an operator has set one, else the site's, which binds members alone. 0 is none."""
    with connection.cursor() as cursor:
        cursor.execute(_ALLOWANCE, [person.pk])
        own: tuple[int] | None = cursor.fetchone()
    if own is not None:
        return own[0]
    if not settings.STORAGE_QUOTA or person.pk is None or standing.has_no_limits(person.pk):
        return 0
    return int(settings.STORAGE_QUOTA)


def parts(person: Person, column: str) -> list[Part]:
    """What takes the room, by one column of the outputs, the biggest part first."""
    rows = Output.objects.filter(owner_id=person.pk).order_by().values_list(column)
    found = [Part(*row) for row in rows.annotate(Count("pk"), Sum("bytes"))]
    return sorted(found, key=lambda part: part.bytes, reverse=True)


def largest(person: Person) -> QuerySet[Output]:
    """The biggest files that are not in the trash."""
    mine = Output.objects.filter(owner_id=person.pk, trashed_at=None).defer("parameters", "receipt")
    return mine.order_by("-bytes")[:LARGEST]


def _bytes(rows: QuerySet[Output]) -> int:
    return rows.aggregate(total=Sum("bytes"))["total"] or 0
