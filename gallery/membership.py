"""What belongs to a collection: what was put in one by one, or whatever its search finds of its owner's."""

from collections.abc import Collection as Some
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, UUIDField, Value

from people.standing import Person

from .models import Collection, CollectionItem, Output, Visibility

MOST_SEARCHES = 30
"""Collections with a search that one person may have: all of them are asked in one query."""


def shared() -> Q:
    """Collections that their owners show to anybody."""
    named = Collection.shared_with.through.objects.filter(collection=OuterRef("pk"))
    return ~Q(visibility=Visibility.PRIVATE) | Q(Exists(named))


def chosen_for(person: Person) -> Exists:
    """Outputs that a collection shows to this person by name, having been put into it."""
    return Exists(CollectionItem.objects.filter(output=OuterRef("pk"), collection__shared_with=person.pk))


def chosen_for_everybody() -> Exists:
    return Exists(CollectionItem.objects.filter(output=OuterRef("pk"), collection__visibility=Visibility.PUBLIC))


def outputs_of(collection: Collection) -> QuerySet[Output]:
    """All of it but what is in the trash. What was chosen has its `place` and the number of its `item`."""
    if collection.query:
        return _found(collection)
    chosen = Output.objects.filter(collection_items__collection=collection, trashed_at=None)
    return chosen.annotate(place=F("collection_items__place"), item=F("collection_items__id"))


def holding(collections: QuerySet[Collection], output: Output) -> bool:
    """Whether one of these collections has the output. Two queries at most, however many there are."""
    chosen = Exists(CollectionItem.objects.filter(collection=OuterRef("pk"), output=output.pk))
    theirs = collections.filter(~Q(query="") | chosen, owner_id=output.owner_id)
    found = list(theirs.select_related("owner"))
    searches = [collection for collection in found if collection.query]
    return len(found) > len(searches) or bool(found_by(searches, [output.pk]))


def found_by(searches: Some[Collection], outputs: Some[UUID]) -> set[tuple[UUID, UUID]]:
    """Which of these outputs the searches of these collections find, as (collection, output). One query."""
    if not searches or not outputs:
        return set()
    first, *others = (
        _found(collection)
        .filter(pk__in=outputs)
        .order_by()
        .annotate(collection=Value(collection.pk, output_field=UUIDField()))
        .values_list("collection", "pk")
        for collection in searches
    )
    return set(first.union(*others, all=True))


def first_of(searches: Some[Collection], **there: object) -> dict[UUID, UUID]:
    """The newest that the search of each of these finds of what is `there`, by collection. One query."""
    if not searches:
        return {}
    first, *others = (
        # Its own query within each: SQLite neither sorts nor cuts the parts of a union.
        Output.objects.filter(
            pk__in=_found(collection).filter(**there).order_by("-created_at", "-id").values("pk")[:1],
        )
        .order_by()
        .annotate(collection=Value(collection.pk, output_field=UUIDField()))
        .values_list("collection", "pk")
        for collection in searches
    )
    return dict(first.union(*others, all=True))


def _found(collection: Collection) -> QuerySet[Output]:
    """Nothing where not all of the search can be read: it must not show what it was to leave out."""
    from . import queries, search  # they know who sees what, which asks here

    query = search.read(collection.query, collection.owner)
    if query.faults or query.is_empty:
        return Output.objects.none()
    mine = queries.feed(collection.owner)
    return search.apply(query, mine.rows, mine)
