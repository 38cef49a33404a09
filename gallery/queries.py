"""What the gallery's pages read. A feed is keyset pages of one person's outputs, or of those that others show."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from people.standing import Person
from safety.ratings import Viewer

from . import access, keyset, membership
from .models import Descent, How, Output, Visibility


class Whose(StrEnum):
    MINE = ""
    SHARED = "shared"
    PUBLIC = "public"
    FAVOURITES = "favourites"
    TRASH = "trash"


class Sort(StrEnum):
    """By when it was made; by when the person who looks liked it; by how far it has gone from what it was made from."""

    NEWEST = "newest"
    OLDEST = "oldest"
    FAVOURITES = "favourites"
    CHANGE = "change"


CHOSEN = keyset.Order("place", (keyset.Key("place", float, float), keyset.number("item")), descending=False)
"""As the owner of a collection has arranged it."""

ORDERS = {
    Sort.NEWEST: keyset.NEWEST,
    Sort.OLDEST: keyset.OLDEST,
    Sort.FAVOURITES: keyset.Order("favourites", (keyset.moment("liked_at"), keyset.number("liking"))),
    Sort.CHANGE: keyset.Order("change", (keyset.number("change"), *keyset.NEWEST.keys)),
}


UNSHOWN = (
    *("parameters", "receipt", "notes", "again", "rating_facts", "sha256", "pixel_sha256"),
    *("draw_at", "draw_tries", "rate_at", "rating_tries", "rated_by", "from_photograph", "link_key"),
    *("generation", "variant", "mode", "demo", "file", "poster", "bytes", "seconds"),
)
"""What no card needs: long texts, and what takes time to read."""


NAMED = (
    *("owner", "type", "title", "prompt"),
    *("rating", "withheld", "imported", "shows_prompt", "shows_references"),
)
"""What names an output that stands beside another, and what decides how much of it is told."""


@dataclass(frozen=True)
class Feed:
    """Rows of outputs without the columns that only a single output's page shows, and as whom one looks at them:
    at what is one's own as its owner where `owner_id` says so."""

    rows: QuerySet[Output]
    viewer: Viewer
    order: keyset.Order = keyset.NEWEST
    owner_id: int | None = None

    def seen(self, rows: Iterable[Output]) -> list[Output]:
        """The rows as the viewer may know them."""
        own = self.owner_id
        found = (access.look_as(access.OWNER if row.owner_id == own else self.viewer, row) for row in rows)
        return [seen.output for seen in found if seen]

    def sorted(self, sort: Sort, person: Person) -> "Feed":
        """In this order. By favourites it has but what the person likes, by change but what was made from something, as
        far as that is told."""
        rows = self.rows
        if sort == Sort.FAVOURITES:
            liked = FilteredRelation("favourites", condition=Q(favourites__person=person.pk))
            rows = rows.annotate(liked=liked).filter(liked__isnull=False)
            rows = rows.annotate(liked_at=F("liked__created_at"), liking=F("liked__id"))
        elif sort == Sort.CHANGE:
            told = Q() if self.viewer.owner else Q(owner=person.pk) | _told_of_origins()
            rows = rows.filter(told, change__isnull=False)
        return replace(self, rows=rows, order=ORDERS[sort])

    def beside(self, output: Output) -> "Neighbours":
        """None on both sides of what has no place in this order."""
        row = output if self.order in (keyset.NEWEST, keyset.OLDEST) else self.rows.filter(pk=output.pk).first()
        if row is None:
            return Neighbours()
        place, rows = keyset.Place.of(row, self.order), self.rows.only(*NAMED)
        previous = self.seen(keyset.before(rows, place)[:1])
        following = self.seen(keyset.after(rows, place)[:1])
        return Neighbours(previous[0] if previous else None, following[0] if following else None)


@dataclass(frozen=True)
class Neighbours:
    """What stands beside an output in a feed."""

    previous: Output | None = None
    next: Output | None = None


def feed(person: Person, whose: Whose = Whose.MINE, type: str = "") -> Feed:
    """All that is one's own, that others share with one by name, that everybody here sees, what one likes of all this,
    or what one has put in the trash, where nothing of the others is; of one type or all."""
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
        case Whose.FAVOURITES:
            viewer, rows = access.invited(person), _liked(person)
    rows = rows.defer(*UNSHOWN)
    owner_id = person.pk if whose == Whose.FAVOURITES else None
    return Feed(rows.filter(type=type) if type else rows, viewer, owner_id=owner_id)


def of_collection(seen: access.SeenCollection) -> Feed:
    """What belongs to a collection and is there for whoever looks: in its owner's order, or where a search finds it,
    the newest first."""
    rows = membership.outputs_of(seen.collection).defer(*UNSHOWN)
    if not seen.own:
        rows = rows.filter(rating__in=access.shown_ratings(seen.viewer), withheld="")
    return Feed(rows, seen.viewer, keyset.NEWEST if seen.collection.query else CHOSEN)


def whose(seen: access.Seen) -> Whose:
    """The feed in which a person meets an output by itself."""
    if seen.own:
        return Whose.MINE if seen.kept.trashed_at is None else Whose.TRASH
    return Whose.SHARED if seen.by_name else Whose.PUBLIC


def _told_of_origins() -> Q:
    """Others know of all that it was made from."""
    of_picture = Exists(Descent.objects.filter(child=OuterRef("pk"), how=How.REFERENCE))
    return Q(Q(shows_references=True) | ~Q(of_picture), shows_prompt=True)


def _liked(person: Person) -> QuerySet[Output]:
    """What somebody likes of what is theirs, shared with them by name, or shown to everybody, by itself or by having
    been put into a collection."""
    named = Output.shared_with.through.objects.filter(output=OuterRef("pk"), user=person.pk)
    in_named, in_public = Q(membership.chosen_for(person)), Q(membership.chosen_for_everybody())
    by_name = Q(Q(Exists(named)) | in_named, rating__in=access.shown_ratings(access.invited(person)))
    public = Q(Q(visibility=Visibility.PUBLIC) | in_public, rating__in=access.shown_ratings(access.STRANGER))
    mine_or_shown = Q(owner=person.pk) | Q(by_name | public, withheld="")
    return Output.objects.filter(mine_or_shown, favourites__person=person.pk, trashed_at=None)


def _shown(viewer: Viewer) -> QuerySet[Output]:
    return Output.objects.filter(rating__in=access.shown_ratings(viewer), withheld="", trashed_at=None)
