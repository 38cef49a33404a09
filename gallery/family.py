"""The relatives of an output, two generations up and down, as far as one person may know them.

A relation belongs to the request of the child, so it is told with that; a relative that is not there for the person is
left out together with all that only it leads to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from people.standing import Person

from . import access
from .access import Seen
from .models import Descent, How, Output

GENERATIONS = 2
MOST_ASKED = 48
"""Relations of one generation that are looked at, the newest first."""
MOST_DRAWN = 6
"""Relatives in one row of the tree."""

Looking = Callable[[Output], Seen]


@dataclass(frozen=True)
class Parent:
    """One output from which this one was made."""

    output: Output
    how: How


@dataclass(frozen=True)
class Family:
    """`rows` are the generations, the oldest first; `bonds` lead from one row to the next, by ids."""

    parents: list[Parent] = field(default_factory=list)
    rows: list[list[Output]] = field(default_factory=list)
    bonds: list[tuple[UUID, UUID]] = field(default_factory=list)
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.bonds)


def has_relatives(output: Output) -> bool:
    """Whether it was made from anything here, or anything from it. Most have none, and this is one small query."""
    return Descent.objects.filter(Q(child=output.pk) | Q(parent=output.pk)).exists()


def family(person: Person, seen: Seen) -> Family:
    """So many queries, however large the family is."""
    look = _looking(person)
    known = {seen.kept.pk: seen}
    up = list(_generations(person, known, look, upwards=True))
    down = list(_generations(person, known, look, upwards=False))
    levels = [*(list(level) for level, _bonds in reversed(up)), [seen.kept.pk], *(list(level) for level, _ in down)]
    drawn = [level[:MOST_DRAWN] for level in levels]
    there = {pk for level in drawn for pk in level}
    bonds = {
        (bond.parent_id, bond.child_id): None
        for _level, found in [*reversed(up), *down]
        for bond in found
        if {bond.parent_id, bond.child_id} <= there
    }
    return Family(
        parents=[Parent(known[bond.parent_id].output, How(bond.how)) for bond in (up[0][1] if up else [])],
        rows=[[known[pk].output for pk in level] for level in drawn],
        bonds=list(bonds),
        more=sum(map(len, levels)) - len(there),
    )


def _generations(
    person: Person, known: dict[UUID, Seen], look: Looking, *, upwards: bool
) -> Iterator[tuple[list[UUID], list[Descent]]]:
    """One generation after the other: who is new in it, and by which bonds. Whoever is found enters `known`."""
    level = list(known)[:1]
    for _generation in range(GENERATIONS):
        bonds = list(_bonds(person, level, known, look, upwards))
        level = list(dict.fromkeys(bond.parent_id if upwards else bond.child_id for bond in bonds))
        if not level:
            return
        yield level, bonds


def _bonds(
    person: Person, level: list[UUID], known: dict[UUID, Seen], look: Looking, upwards: bool
) -> Iterator[Descent]:
    """Those that the person may know, to relatives that are not known yet."""
    near, far = ("child", "parent") if upwards else ("parent", "child")
    trashed = Q(**{f"{far}__trashed_at__isnull": False})
    asked = Descent.objects.filter(**{f"{near}__in": level}).exclude(trashed).select_related(f"{far}__owner")
    found = list(asked.order_by(f"-{far}__created_at", "pk")[:MOST_ASKED])
    before = set(known)
    there = access.among(person, {_end(bond, far).pk for bond in found}) if found else set()
    for bond in found:
        relative = _end(bond, far)
        if relative.pk in before or relative.pk not in there:
            continue
        known.setdefault(relative.pk, look(relative))
        if _is_told(bond, known):
            yield bond


def _end(bond: Descent, name: str) -> Output:
    return bond.parent if name == "parent" else bond.child


def _is_told(bond: Descent, known: Mapping[UUID, Seen]) -> bool:
    told = known[bond.child_id].told
    return told.references if bond.how == How.REFERENCE else told.prompt


def _looking(person: Person) -> Looking:
    """How this person sees what is there for them, without asking the database about each."""
    guest = access.invited(person)

    def look(output: Output) -> Seen:
        if output.owner_id == person.pk:
            ways: Iterable[Seen | None] = [access.look_as(access.OWNER, output)]
        else:
            ways = (access.look_as(viewer, output) for viewer in (access.STRANGER, guest))
        return next(seen for seen in ways if seen is not None)

    return look
