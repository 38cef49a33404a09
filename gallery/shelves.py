"""Lists of collections with their covers: mine, those that others share with me, everybody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from people.standing import Person
from safety.ratings import Viewer

from . import access, keyset, membership
from .grid import Card, cards
from .models import Collection, CollectionItem, Output, Visibility

PAGE_SIZE = 24


class Whose(StrEnum):
    MINE = ""
    SHARED = "shared"
    PUBLIC = "public"


@dataclass(frozen=True)
class Shelf:
    """A collection in a list. `cover` is None where nothing of it is there for whoever looks."""

    collection: Collection
    cover: Card | None


@dataclass(frozen=True)
class Page:
    """`after` is the cursor of the page behind this one, or None at the end."""

    shelves: list[Shelf]
    after: str | None


def page(person: Person, whose: Whose, cursor: str = "") -> Page:
    """The newest first. As many queries for many as for few, and for big ones. Raises BadCursor."""
    rows: Any = Collection.objects.select_related("owner")
    match whose:
        case Whose.MINE:
            viewer, rows = access.OWNER, rows.filter(owner_id=person.pk)
        case Whose.SHARED:
            viewer, rows = access.invited(person), rows.filter(shared_with=person.pk)
        case Whose.PUBLIC:
            viewer, rows = access.STRANGER, rows.filter(visibility=Visibility.PUBLIC)
    found: Any = keyset.page(rows.annotate(shown_cover=_cover(viewer)), PAGE_SIZE, cursor)
    return Page(_shelves(found.outputs, viewer), found.after)


def _shelves(collections: Sequence[Any], viewer: Viewer) -> list[Shelf]:
    covers = _covers(collections, viewer)
    outputs = Output.objects.filter(pk__in=set(covers.values())).defer("parameters", "receipt")
    seen = (access.look_as(viewer, output) for output in outputs)
    shown = {card.output.pk: card for card in cards([found.output for found in seen if found])}
    cover_of = {pk: shown[cover] for pk, cover in covers.items() if cover in shown}
    return [Shelf(collection, cover_of.get(collection.pk)) for collection in collections]


def _covers(collections: Sequence[Any], viewer: Viewer) -> dict[UUID, UUID]:
    """By collection. Where a search does not find its cover, or has none, the first that it finds."""
    chosen = {collection.pk: collection.shown_cover for collection in collections if collection.shown_cover}
    searches = [collection for collection in collections if collection.query]
    found = membership.found_by(searches, set(chosen.values()))
    bare = [search for search in searches if (search.pk, chosen.get(search.pk)) not in found]
    others = chosen.keys() - {search.pk for search in bare}
    return {pk: chosen[pk] for pk in others} | membership.first_of(bare, **_there(viewer))


def _cover(viewer: Viewer) -> Coalesce:
    """What was chosen as the cover, or else the first of it, as far as it is there for whoever looks."""
    there = _there(viewer)
    chosen = Output.objects.filter(pk=OuterRef("cover"), **there)
    of_items = {f"output__{name}": value for name, value in there.items()}
    first = CollectionItem.objects.filter(collection=OuterRef("pk"), **of_items).order_by("place", "id")
    return Coalesce(
        Subquery(chosen.values("pk")), Subquery(first.values("output")[:1]), output_field=models.UUIDField()
    )


def _there(viewer: Viewer) -> dict[str, Any]:
    """What outputs have to be for whoever looks."""
    there: dict[str, Any] = {"trashed_at": None}
    if not viewer.owner:
        there |= {"rating__in": access.shown_ratings(viewer), "withheld": ""}
    return there
