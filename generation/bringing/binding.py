"""What ties outputs together, once all that a zip brought is there: families, collections; and searches."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from gallery import access, membership, services
from gallery.collecting import MOST_ITEMS
from gallery.models import Collection, CollectionItem, Descent, How, Output, SavedSearch
from gallery.takeout.records import Kind, is_of

from .. import policy
from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from .grids import Placed
from .records import Believes, Parent, Place, Record, read_uuid, text, time

MOST_COLLECTIONS, MOST_SEARCHES = 500, 100


@dataclass(frozen=True)
class Shelf:
    """A collection as a zip tells it. One that is not `genuine` is known by its title alone."""

    id: UUID
    title: str
    genuine: bool
    description: str = ""
    query: str = ""
    cover: UUID | None = None
    created_at: datetime | None = None


class Binding:
    """Of one zip. `now` tells by the ids in it which `outputs` they are here, `cells` by the ids of grids what stood in
    them, `refused` what does not come in and why."""

    def __init__(self, person: User, believes: Believes) -> None:
        self.person, self._believes = person, believes
        self.now: dict[UUID, UUID] = {}
        self.outputs: set[UUID] = set()
        self.cells: dict[UUID, list[Placed]] = defaultdict(list)
        self.refused: list[tuple[str, Invalid]] = []
        self._families: list[tuple[UUID, list[Parent], bool]] = []
        self._places: list[tuple[UUID, list[Place], bool]] = []

    def note(self, record: Record, output: UUID) -> None:
        self.now[record.id] = output
        self.outputs.add(output)
        if record.cell:
            self.cells[record.cell.grid].append(Placed(record.cell.number, output))
        self._families.append((output, record.parents, record.genuine))
        self._places.append((output, record.collections, record.genuine))

    def families(self) -> None:
        """What is known here of a parent stays: a zip can be from before there were variants, or trusted only now."""
        for child, parents, genuine in self._families:
            known = [(found, parent.how) for parent in parents if (found := self._here(parent, child, genuine))]
            if not known:
                continue
            by_request = Descent.objects.filter(child=child).exclude(how=How.REFERENCE)
            told = set(by_request.values_list("parent", flat=True))
            fresh = [(found, how) for found, how in known if how == How.REFERENCE or found not in told]
            with transaction.atomic():
                for row in Output.objects.filter(pk=child):  # none where it was deleted meanwhile
                    services.descend(row, [step for step in fresh if step[0] != child])

    def _here(self, parent: Parent, child: UUID, genuine: bool) -> UUID | None:
        """By id or else by the file: one's own, and by a word that is believed also what others show."""
        id = self.now.get(parent.id, parent.id)
        found = Output.objects.filter(pk=id).select_related("owner").first()
        if found and (found.owner_id == self.person.pk or (genuine and access.look(self.person, found))):
            return found.pk
        same = Output.objects.filter(owner=self.person, sha256=parent.sha256).exclude(pk=child)
        return same.order_by("created_at").values_list("pk", flat=True).first()

    def collections(self, told: Any) -> None:
        """`told` is what stands in the zip's list of collections."""
        known = {shelf.id: shelf for shelf in self._shelves(told)}
        found = {id: self._collection(shelf) for id, shelf in known.items()}
        for output, places, genuine in self._places:
            for place in places:
                if place.id not in found and len(found) < MOST_COLLECTIONS:
                    found[place.id] = self._collection(Shelf(place.id, place.title, genuine))
                _put(found.get(place.id), output, place)
        for id, collection in found.items():
            shelf = known.get(id)
            if collection and shelf and shelf.cover and (cover := self.now.get(shelf.cover)):
                Collection.objects.filter(pk=collection.pk, cover=None).update(cover=cover)

    def _shelves(self, told: Any) -> Iterator[Shelf]:
        """Those entries that are whole; a collection that is named by its outputs alone has its title from them."""
        for said in _dicts(told):
            title = text(said.get("title"), Collection, "title").strip()
            if not is_of(Kind.COLLECTION, said) or not title:
                continue
            try:
                id, cover = read_uuid(said.get("id")), said.get("cover_id") and read_uuid(said["cover_id"])
            except Invalid:
                continue
            description, query = (text(said.get(name), Collection, name) for name in ("description", "query"))
            genuine, created_at = self._believes(Kind.COLLECTION, said), time(said.get("created_at"))
            yield Shelf(id, title, genuine, description, query, cover, created_at)

    def _collection(self, shelf: Shelf) -> Collection | None:
        """The one that is here, or a new and private one; None where its words or their number do not allow it."""
        mine = Collection.objects.filter(owner=self.person)
        same = mine.filter(pk=shelf.id).first() or self._called(shelf)
        if same is not None:
            return same
        made = Collection(owner=self.person, title=shelf.title, description=shelf.description, query=shelf.query)
        if shelf.genuine and not Collection.objects.filter(pk=shelf.id).exists():
            made.pk = shelf.id
        try:
            policy.check_words(self.person, {"title": made.title, "description": made.description})
            if made.query and mine.exclude(query="").count() >= membership.MOST_SEARCHES:
                raise Invalid("too_many", _("You have as many collections with a search as there may be."))
        except Invalid as fault:
            self.refused.append((shelf.title, fault))
            return None
        made.save(force_insert=True)
        if shelf.created_at:
            mine.filter(pk=made.pk).update(created_at=shelf.created_at)
        return made

    def _called(self, shelf: Shelf) -> Collection | None:
        """One's own of that title, where nothing else says which it is: what came by a claim has no id of before."""
        alike = Collection.objects.filter(owner=self.person, title=shelf.title, query=shelf.query)
        if shelf.genuine:
            return alike.filter(created_at=shelf.created_at).first() if shelf.created_at else None
        return alike.first()

    def searches(self, told: Any) -> None:
        mine = SavedSearch.objects.filter(owner=self.person)
        for each in _dicts(told):
            name, query = (
                text(each.get("name"), SavedSearch, "name").strip(),
                text(each.get("query"), SavedSearch, "query"),
            )
            if not name or mine.count() >= MOST_SEARCHES or mine.filter(name__iexact=name).exists():
                continue
            try:
                policy.check_words(self.person, {"name": name})
            except Invalid as fault:
                self.refused.append((name, fault))
            else:
                SavedSearch.objects.create(owner=self.person, name=name, query=query)


def _put(collection: Collection | None, output: UUID, place: Place) -> None:
    if collection and not collection.query and collection.items.count() < MOST_ITEMS:
        CollectionItem.objects.get_or_create(collection=collection, output_id=output, defaults={"place": place.place})


def _dicts(told: Any) -> list[dict[str, Any]]:
    return [each for each in told[:MOST_COLLECTIONS] if isinstance(each, dict)] if isinstance(told, list) else []
