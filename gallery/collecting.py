"""Collections: what their owners do with them. They hold what is their owners' own, in an order of their own."""

import uuid
from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop as _

from . import membership, paused
from .models import Collection, CollectionItem, Output, Visibility

MOST_ITEMS = 5000
STEP = 1.0
SMALLEST_STEP = 1e-6


class CannotCollect(ValueError):
    """What a collection does not take. The message is for the person, in English; `params` fills it."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message, self.params = message, params


@transaction.atomic
def save(collection: Collection) -> None:
    """A new one, or what was changed. One with a search gets what it finds first as its cover, unless it finds the one
    that it has."""
    if collection.query:
        collection.save()
        collection.items.all().delete()
        found = membership.outputs_of(collection)
        if collection.cover_id is None or not found.filter(pk=collection.cover_id).exists():
            collection.cover = found.order_by("-created_at", "-id").first()
    if collection.visibility == Visibility.LINK and collection.link_key is None:
        collection.link_key = uuid.uuid4()
    collection.save()


@transaction.atomic
def add(collection: Collection, outputs: Iterable[UUID]) -> int:
    """Put the owner's own at the end, in this order; how many were not in it. Raises CannotCollect."""
    if collection.query:
        raise CannotCollect(_("What belongs to this collection is found by its search."))
    if collection.is_shared and (refusal := paused.refusal(collection.owner)):
        raise CannotCollect(refusal)
    _lock(collection)
    wanted = list(dict.fromkeys(outputs))
    mine = Output.objects.filter(pk__in=wanted, owner_id=collection.owner_id, trashed_at=None)
    fresh = set(mine.exclude(collection_items__collection=collection).values_list("pk", flat=True))
    if collection.items.count() + len(fresh) > MOST_ITEMS:
        raise CannotCollect(_("A collection holds at most %(most)d."), most=MOST_ITEMS)
    last = collection.items.aggregate(last=Max("place"))["last"] or 0.0
    rows = [pk for pk in wanted if pk in fresh]
    CollectionItem.objects.bulk_create(
        CollectionItem(collection=collection, output_id=pk, place=last + STEP * number)
        for number, pk in enumerate(rows, 1)
    )
    return len(rows)


@transaction.atomic
def remove(collection: Collection, outputs: Iterable[UUID]) -> int:
    """Take out; how many were in it. Whoever saw them here alone sees them no more."""
    gone = list(outputs)
    count, _rows = collection.items.filter(output__in=gone).delete()
    if collection.cover_id in gone:
        choose_cover(collection, None)
    return count


@transaction.atomic
def move(collection: Collection, output: UUID, before: UUID | None) -> bool:
    """Put one directly before another, or at the end where there is none. False where one of them is not in it."""
    _lock(collection)
    items = collection.items.order_by("place", "id")
    moved = items.filter(output=output).first()
    target = items.filter(output=before).first() if before else None
    if moved is None or (before is not None and target is None):
        return False
    if target is not None and target.pk == moved.pk:
        return True
    place = _place_before(collection, moved, target)
    collection.items.filter(pk=moved.pk).update(place=place)
    return True


def choose_cover(collection: Collection, cover: Output | None) -> None:
    """None leaves it to the first of it."""
    collection.cover = cover
    collection.save(update_fields=["cover"])


def renew_link(collection: Collection) -> None:
    """The link that was given away leads nowhere any more; there is another one."""
    collection.link_key = uuid.uuid4()
    collection.save(update_fields=["link_key"])


def show_to(collection: Collection, person: User) -> None:
    collection.shared_with.add(person)


def show_no_more_to(collection: Collection, username: str) -> None:
    collection.shared_with.remove(*collection.shared_with.filter(username=username))


@transaction.atomic
def settle(collection: Collection) -> None:
    """Make what its search finds now the whole of it, chosen one by one from now on. Raises CannotCollect."""
    found = membership.outputs_of(collection).order_by("-created_at", "-id").values_list("pk", flat=True)
    outputs = list(found[: MOST_ITEMS + 1])
    collection.query = ""
    collection.save(update_fields=["query"])
    add(collection, outputs)


def _place_before(collection: Collection, moved: CollectionItem, target: CollectionItem | None) -> float:
    """Between the target and what stands before it; where no number is left there, all are numbered anew."""
    others = collection.items.exclude(pk=moved.pk)
    if target is None:
        return (others.aggregate(last=Max("place"))["last"] or 0.0) + STEP
    ahead = others.filter(place__lt=target.place).aggregate(last=Max("place"))["last"]
    if ahead is None:
        return target.place - STEP
    if target.place - ahead > SMALLEST_STEP:
        return (ahead + target.place) / 2
    _number(collection)
    target.refresh_from_db()
    return target.place - STEP / 2


def _number(collection: Collection) -> None:
    items = list(collection.items.order_by("place", "id"))
    for number, item in enumerate(items, 1):
        item.place = STEP * number
    CollectionItem.objects.bulk_update(items, ["place"], batch_size=500)


def _lock(collection: Collection) -> None:
    """One change of the order at a time."""
    Collection.objects.select_for_update().only("pk").get(pk=collection.pk)
