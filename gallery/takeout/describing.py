"""The records of a zip: of outputs, of pictures that they start from, of collections and grids."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from .. import access
from ..access import Seen
from ..models import Collection, CollectionItem, Descent, Favourite, Output
from .records import OWNER, VERSION, Kind, plain, signed

RESTORED = """
    id created_at variant type model mode prompt title notes parameters receipt demo imported format bytes sha256
    pixel_sha256 seed width height frames fps seconds again trashed_at from_photograph
""".split()  # noqa: SIM905  # a list that can be read
"""The columns that come back as they were. Who sees it and its rating do not: it is private then, and rated anew."""
TOLD = """
    id created_at type model mode prompt title parameters receipt demo imported format width height frames fps rating
""".split()  # noqa: SIM905
"""Of what others show, in so far as they tell it; without the hashes of a file that may come stripped."""


@dataclass
class Around:
    """What stands beside an output's row. Parents have `how`, `id` and `sha256`, collections `id`, `title` and `place`,
    the grid that it is a cell of `id` and `cell`."""

    tags: list[str] = field(default_factory=list)
    favourite_since: str | None = None
    parents: list[dict[str, Any]] = field(default_factory=list)
    collections: list[dict[str, Any]] = field(default_factory=list)
    grid: dict[str, Any] | None = None


def own_output(output: Output, file: str | None, around: Around) -> dict[str, Any]:
    """Everything; `file` is its name in the zip, None where its picture is not shown."""
    beside = {name: getattr(output, name) for name in ("rating", "rated_by", "withheld", "visibility")}
    facts = {name: getattr(output, name) for name in RESTORED}
    return signed(Kind.OUTPUT, {"file": file, **facts, **beside, **vars(around)}, output.owner)


def others_output(seen: Seen, file: str) -> dict[str, Any]:
    facts = {name: getattr(seen.output, name) for name in TOLD}
    return plain(
        {"kind": Kind.OUTPUT, "version": VERSION, "file": file, OWNER: seen.output.owner.get_username(), **facts}
    )


def reference(row: Any) -> dict[str, Any]:
    """Of a picture that somebody gave to start from."""
    facts = ("sha256", "made_here", "taken_from_id", "rights_confirmed_at", "created_at")
    return signed(Kind.REFERENCE, {name: getattr(row, name) for name in facts}, row.owner)


def collection(row: Collection) -> dict[str, Any]:
    """What belongs to it says so itself. With whom it was shared is not told: it comes back private."""
    facts = ("id", "title", "description", "query", "cover_id", "created_at")
    return signed(Kind.COLLECTION, {name: getattr(row, name) for name in facts}, row.owner)


def grid(row: Any) -> dict[str, Any]:
    """What was asked for. Which outputs stand in its cells they say themselves."""
    facts = ("id", "parameters", "axes", "created_at")
    return signed(Kind.GRID, {name: getattr(row, name) for name in facts}, row.owner)


def around(person: User, outputs: list[Output]) -> dict[UUID, Around]:
    """Of a person's own outputs, in a query for each kind of thing."""
    found = {output.pk: Around() for output in outputs}
    for output_id, tag in Output.tags.through.objects.filter(output__in=found).values_list("output_id", "tag__name"):
        found[output_id].tags.append(tag)
    for output_id, since in Favourite.objects.filter(person=person, output__in=found).values_list(
        "output_id", "created_at"
    ):
        found[output_id].favourite_since = since.isoformat()
    for item in CollectionItem.objects.filter(output__in=found, collection__owner=person).select_related("collection"):
        place = {"id": item.collection_id, "title": item.collection.title, "place": item.place}
        found[item.output_id].collections.append(place)
    cells = Output.objects.filter(pk__in=found, generation__grid__isnull=False)
    for output_id, grid_id, cell in cells.values_list("pk", "generation__grid", "generation__cell"):
        found[output_id].grid = {"id": grid_id, "cell": cell}
    for step in Descent.objects.filter(child__in=found).select_related("parent__owner").order_by("pk"):
        # What others do not show any more is not told of here either.
        if access.look(person, step.parent):
            parent = {"how": step.how, "id": step.parent_id, "sha256": step.parent.sha256}
            found[step.child_id].parents.append(parent)
    for each in found.values():
        each.tags.sort()
    return found
