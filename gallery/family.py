"""The relatives of an output as one person may know them: two generations up and down, and its variants beside it.

A relation belongs to the request of the child, so it is told with that; a relative that is not there for the person is
left out together with all that only it leads to. That two are variants tells the request of each by the other's, so
it is told where neither keeps back what the other tells.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from people.standing import Person

from . import access, keyset, stacks
from .access import Seen
from .discretion import keeps_back
from .models import Descent, How, Output
from .queries import NAMED

GENERATIONS = 2
MOST_ASKED = 48
"""Relations of one generation that are looked at, the newest first; outputs of its stack, the nearest."""
MOST_DRAWN = 6
"""Relatives in one row of the tree."""

Looking = Callable[[Output], Seen]


@dataclass(frozen=True)
class Bond:
    """How `child` came about from `parent`, or from the same request beside it."""

    parent: Output
    child: Output
    how: How


@dataclass(frozen=True)
class Family:
    """`rows` are the generations, the oldest first, its variants in its own. `bonds` lead from one row to the next, and
    within its own from it to each of its variants; a relation by a picture comes after all others. `more` counts the
    relatives that are not drawn; of its variants, the page of its stack has them all."""

    parents: list[Bond] = field(default_factory=list)
    rows: list[list[Output]] = field(default_factory=list)
    bonds: list[Bond] = field(default_factory=list)
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.bonds)


def has_relatives(output: Output) -> bool:
    """Whether it was made from anything here, or anything from it. Most have none, and this is one small query."""
    return Descent.objects.filter(Q(child=output.pk) | Q(parent=output.pk)).exists()


def rest_of_stack(seen: Seen) -> list[Output]:
    """What differs from it in the seed or the variant alone, without the columns that a tree needs nothing of."""
    if not seen.told.prompt or seen.kept.stack is None:
        return []
    rows = stacks.others(seen.kept).select_related("owner").only(*NAMED, "seed", "created_at")
    first = keyset.page(rows, MOST_ASKED)
    if first.behind is None:
        return first.outputs
    return [output for output in keyset.page_around(rows, MOST_ASKED, seen.kept).outputs if output.pk != seen.kept.pk]


def family(person: Person, seen: Seen, stack: Sequence[Output]) -> Family:
    """So many queries, however large the family is. `stack` is the rest of its stack."""
    own = seen.kept.pk
    look = _looking(person)
    known = {own: seen}
    up = list(_generations(person, known, look, upwards=True))
    down = list(_generations(person, known, look, upwards=False))
    variants = list(_variants(person, seen, [output for output in stack if output.pk not in known], look))
    known |= {one.kept.pk: one for one in variants}
    beside = sorted([own, *(one.kept.pk for one in variants)], key=lambda pk: (known[pk].kept.created_at, pk))
    levels = [*(level for level, _descents in reversed(up)), beside, *(level for level, _descents in down)]
    drawn = [_around(own, level) if level is beside else level[:MOST_DRAWN] for level in levels]
    there = {pk for level in drawn for pk in level}

    bonds = [_bond(descent, known) for _level, descents in [*reversed(up), *down] for descent in descents]
    bonds += [Bond(seen.output, one.output, How.VARIANT) for one in variants]
    bonds.sort(key=lambda bond: bond.how == How.REFERENCE)
    return Family(
        parents=[bond for bond in bonds if bond.child.pk == own],
        rows=[[known[pk].output for pk in level] for level in drawn],
        bonds=[bond for bond in bonds if {bond.parent.pk, bond.child.pk} <= there],
        more=sum(len(level) - len(shown) for level, shown in zip(levels, drawn, strict=True) if level is not beside),
    )


def _variants(person: Person, seen: Seen, stack: Sequence[Output], look: Looking) -> Iterator[Seen]:
    """Those of its stack that are there for the person, as far as they may know it."""
    there = {output.pk for output in stack}
    if stack and not seen.own:
        there = access.among(person, there)
    for output in stack:
        if output.pk in there and tells_no_more(seen, found := look(output)):
            yield found


def _around(own: UUID, level: list[UUID]) -> list[UUID]:
    """As many as are drawn, itself among them, in the middle where there are enough on both sides."""
    start = max(0, min(level.index(own) - MOST_DRAWN // 2, len(level) - MOST_DRAWN))
    return level[start : start + MOST_DRAWN]


def _bond(descent: Descent, known: Mapping[UUID, Seen]) -> Bond:
    """A variant or a re-run that would tell too much is a remix like others."""
    parent, child, how = known[descent.parent_id], known[descent.child_id], How(descent.how)
    if how in (How.VARIANT, How.RERUN) and not tells_no_more(child, parent):
        how = How.REMIX
    return Bond(parent.output, child.output, how)


def tells_no_more(one: Seen, other: Seen) -> bool:
    """Whether it gives nothing of either away that the two have the same request."""
    told_both = one.told.prompt and other.told.prompt
    return told_both and keeps_back(one.kept, one.told) == keeps_back(one.kept, other.told)


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
