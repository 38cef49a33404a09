"""What ties outputs together, once all that a zip brought is there: families, collections; and searches."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from gallery import access, membership, services
from gallery.collecting import MOST_ITEMS
from gallery.models import Collection, CollectionItem, Output, SavedSearch
from gallery.takeout.records import Kind, is_genuine

from .. import policy
from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from .records import Parent, Place, Record, text, time

MOST_COLLECTIONS, MOST_SEARCHES = 500, 100


class Binding:
    """Of one zip. `now` tells by the ids in it which outputs they are here, `refused` what does not come in and why."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.now: dict[UUID, UUID] = {}
        self.refused: list[tuple[str, Invalid]] = []
        self._families: list[tuple[UUID, list[Parent], bool]] = []
        self._places: list[tuple[UUID, list[Place], bool]] = []

    def note(self, record: Record, output: UUID) -> None:
        self.now[record.id] = output
        self._families.append((output, record.parents, record.genuine))
        self._places.append((output, record.collections, record.genuine))

    def families(self) -> None:
        for child, parents, genuine in self._families:
            known = [(found, parent.how) for parent in parents if (found := self._here(parent, genuine))]
            with transaction.atomic():
                services.descend(Output(pk=child), [step for step in known if step[0] != child])

    def _here(self, parent: Parent, genuine: bool) -> UUID | None:
        """By id or else by the file: one's own, and by this site's word also what others show."""
        id = self.now.get(parent.id, parent.id)
        found = Output.objects.filter(pk=id).select_related("owner").first()
        if found and (found.owner_id == self.person.pk or (genuine and access.look(self.person, found))):
            return found.pk
        return Output.objects.filter(owner=self.person, sha256=parent.sha256).values_list("pk", flat=True).first()

    def collections(self, told: Any) -> None:
        """`told` is what stands in the zip's list of collections."""
        known = {UUID(each["id"]): each for each in _dicts(told) if is_genuine(Kind.COLLECTION, each, self.person)}
        found: dict[UUID, Collection | None] = {}
        for output, places, genuine in self._places:
            for place in places:
                if place.id not in found and len(found) < MOST_COLLECTIONS:
                    found[place.id] = self._collection(place, known.get(place.id, {}), genuine)
                _put(found.get(place.id), output, place)
        for id, said in known.items():
            if id not in found:  # nothing of it is in the zip, or a search finds it
                self._collection(Place(id, said["title"], 0.0), said, True)
            if said["cover_id"] and (cover := self.now.get(UUID(said["cover_id"]))):
                Collection.objects.filter(pk=id, owner=self.person, cover=None).update(cover=cover)

    def _collection(self, place: Place, said: dict[str, Any], genuine: bool) -> Collection | None:
        """The one that is here, or a new and private one; None where its words or their number do not allow it."""
        mine = Collection.objects.filter(owner=self.person)
        same = mine.filter(pk=place.id).first() or (None if genuine else mine.filter(title=place.title).first())
        if same is not None:
            return same
        made = Collection(owner=self.person, title=place.title, query=said.get("query", ""))
        made.description = said.get("description", "")
        if genuine and not Collection.objects.filter(pk=place.id).exists():
            made.pk = place.id
        try:
            policy.check_words(self.person, {"title": made.title, "description": made.description})
            if made.query and mine.exclude(query="").count() >= membership.MOST_SEARCHES:
                raise Invalid("too_many", _("You have as many collections with a search as there may be."))
        except Invalid as fault:
            self.refused.append((place.title, fault))
            return None
        made.save(force_insert=True)
        if created_at := time(said.get("created_at")):
            mine.filter(pk=made.pk).update(created_at=created_at)
        return made

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
