"""What a person likes of all that they may see. A favourite of what they may see no more stays, unseen."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser

from people.standing import Person

from .models import Favourite, Output


def of(person: Person, outputs: Iterable[Output]) -> set[UUID]:
    """Which of these the person likes. One query."""
    liked = Favourite.objects.filter(person_id=person.pk, output__in=[output.pk for output in outputs])
    return set(liked.values_list("output_id", flat=True))


def add(person: AbstractBaseUser, outputs: Iterable[UUID]) -> None:
    """Like what this person may see; what is liked already stays where it stands."""
    rows = [Favourite(person_id=person.pk, output_id=output) for output in outputs]
    Favourite.objects.bulk_create(rows, ignore_conflicts=True)


def remove(person: Person, outputs: Iterable[UUID]) -> int:
    """How many were liked."""
    return Favourite.objects.filter(person_id=person.pk, output__in=list(outputs)).delete()[0]
