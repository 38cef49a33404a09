"""What the gallery's pages read. A feed is keyset pages of one person's outputs, or of those that others show."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from people.standing import Person
from safety.ratings import Viewer

from . import access, keyset, membership
from .models import Output, Visibility


class Whose(StrEnum):
    MINE = ""
    SHARED = "shared"
    PUBLIC = "public"
    TRASH = "trash"


@dataclass(frozen=True)
class Feed:
    """Rows of outputs without the columns that only a single output's page shows, and as whom one looks at them."""

    rows: QuerySet[Output]
    viewer: Viewer

    def seen(self, rows: Iterable[Output]) -> list[Output]:
        """The rows as the viewer may know them."""
        found = (access.look_as(self.viewer, output) for output in rows)
        return [seen.output for seen in found if seen]


@dataclass(frozen=True)
class Neighbours:
    """What stands beside an output in the feed in which a person sees it."""

    newer: Output | None = None
    older: Output | None = None


def feed(person: Person, whose: Whose = Whose.MINE, type: str = "") -> Feed:
    """All that is one's own, that others share with one by name, that everybody here sees, or that one has put in the
    trash, where nothing of the others is; of one type or all."""
    match whose:
        case Whose.MINE:
            viewer, rows = access.OWNER, Output.objects.filter(owner_id=person.pk, trashed_at=None)
        case Whose.TRASH:
            viewer, rows = access.OWNER, Output.objects.filter(owner_id=person.pk, trashed_at__isnull=False)
        case Whose.SHARED:
            viewer = access.invited(person)
            rows = _shown(viewer).filter(shared_with=person.pk)
        case Whose.PUBLIC:
            viewer = access.STRANGER
            rows = _shown(viewer).filter(visibility=Visibility.PUBLIC)
    rows = rows.defer("parameters", "receipt")
    return Feed(rows.filter(type=type) if type else rows, viewer)


def of_collection(seen: access.SeenCollection) -> Feed:
    """What belongs to a collection and is there for whoever looks; in no order."""
    rows = membership.outputs_of(seen.collection).defer("parameters", "receipt")
    if not seen.own:
        rows = rows.filter(rating__in=access.shown_ratings(seen.viewer), withheld="")
    return Feed(rows, seen.viewer)


def neighbours(person: Person, seen: access.Seen) -> Neighbours:
    """None for what only moderators see, or a collection shows."""
    if seen.review or not seen.in_feed:
        return Neighbours()
    feed_of = feed(person, _whose(seen))
    place = keyset.Place.of(seen.output)
    newer = feed_of.seen(keyset.before(feed_of.rows, place)[:1])
    older = feed_of.seen(keyset.after(feed_of.rows, place)[:1])
    return Neighbours(newer[0] if newer else None, older[0] if older else None)


def _whose(seen: access.Seen) -> Whose:
    if seen.own:
        return Whose.MINE if seen.kept.trashed_at is None else Whose.TRASH
    return Whose.SHARED if seen.by_name else Whose.PUBLIC


def _shown(viewer: Viewer) -> QuerySet[Output]:
    return Output.objects.filter(rating__in=access.shown_ratings(viewer), withheld="", trashed_at=None)
