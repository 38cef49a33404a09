"""The list of one's grids, each with the first of its pictures that is there."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from gallery import keyset
from gallery.access import by_owner
from gallery.grid import Card, cards
from gallery.models import Output

from .access import Person
from .grids import Shape
from .models import ACTIVE_STATES, Generation, Grid
from .sheets import name

PAGE_SIZE = 24


@dataclass(frozen=True)
class Listed:
    """`axes` are named in the reader's language; `cover` is None as long as nothing of it is there."""

    grid: Grid
    axes: list[str]
    columns: int
    rows: int
    cover: Card | None
    is_active: bool


@dataclass(frozen=True)
class Page:
    """`after` is the cursor of the page behind this one, or None at the end."""

    grids: list[Listed]
    after: str | None


def page(person: Person, cursor: str = "") -> Page:
    """The newest first. As many queries for many as for few. Raises BadCursor."""
    made = Output.objects.filter(generation__grid=OuterRef("pk"), trashed_at=None).order_by("generation__cell", "id")
    active = Generation.objects.filter(grid=OuterRef("pk"), state__in=ACTIVE_STATES)
    mine: Any = Grid.objects.filter(owner_id=person.pk)
    rows = mine.annotate(first=Subquery(made.values("pk")[:1]), active=Exists(active))
    found: Any = keyset.page(rows, PAGE_SIZE, cursor)
    firsts = Output.objects.filter(pk__in=[grid.first for grid in found.outputs]).defer("parameters", "receipt")
    covers = {card.output.pk: card for card in cards(by_owner(firsts))}
    return Page([_listed(grid, covers.get(grid.first)) for grid in found.outputs], found.after)


def _listed(grid: Any, cover: Card | None) -> Listed:
    shape = Shape.of(grid)
    axes = [name(grid, axis) for axis in (shape.across, shape.down) if axis]
    return Listed(grid, axes, shape.columns, shape.rows, cover, grid.active)
