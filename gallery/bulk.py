"""One act for many outputs. One's own alone change; favourites may be of all one sees. Unknown ones are left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet

from . import access, collecting, favourites, sharing, tagging, trash
from .ids import uuid
from .models import Collection, Output, Visibility

MOST = 500


@dataclass(frozen=True)
class Chosen:
    """What a person chose, and the words for it: a clean `tag`, the id of a `collection`, a `visibility`."""

    person: User
    outputs: list[UUID]
    words: Mapping[str, str]

    @property
    def own(self) -> QuerySet[Output]:
        return Output.objects.filter(owner_id=self.person.pk, pk__in=self.outputs)

    @property
    def collection(self) -> Collection:
        """Raises BadRequest and Http404."""
        return access.own_collection(self.person, uuid(self.words.get("collection", "")))


def _favourite(chosen: Chosen) -> int:
    seen = access.among(chosen.person, chosen.outputs)
    favourites.add(chosen.person, seen)
    return len(seen)


def _unfavourite(chosen: Chosen) -> int:
    return favourites.remove(chosen.person, chosen.outputs)


def _trash(chosen: Chosen) -> int:
    return trash.trash(chosen.person, chosen.outputs)


def _restore(chosen: Chosen) -> int:
    return trash.restore(chosen.person, chosen.outputs)


def _purge(chosen: Chosen) -> int:
    return trash.purge(chosen.person, chosen.outputs)


def _tag(chosen: Chosen) -> int:
    """Also counts what has it already. Raises BadTag."""
    tagging.add(chosen.person, chosen.outputs, chosen.words["tag"])
    return chosen.own.count()


def _untag(chosen: Chosen) -> int:
    return tagging.remove(chosen.person, chosen.outputs, chosen.words["tag"])


def _collect(chosen: Chosen) -> int:
    """Also counts what is in it already. Raises CannotCollect."""
    collection = chosen.collection
    collecting.add(collection, chosen.outputs)
    return collection.items.filter(output__in=chosen.outputs).count()


def _uncollect(chosen: Chosen) -> int:
    return collecting.remove(chosen.collection, chosen.outputs)


def _share(chosen: Chosen) -> int:
    return sharing.share_all(chosen.own, Visibility(chosen.words["visibility"]))


ACTIONS: Mapping[str, Callable[[Chosen], int]] = {
    "favourite": _favourite,
    "unfavourite": _unfavourite,
    "trash": _trash,
    "restore": _restore,
    "purge": _purge,
    "tag": _tag,
    "untag": _untag,
    "collect": _collect,
    "uncollect": _uncollect,
    "share": _share,
}
"""Each says for how many it is so now."""
