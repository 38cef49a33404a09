"""The only way from a view to an output: the output as this person may know it, or 404. The look-up is the permission
check, and what it hands out holds nothing that the person may not be told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from people import standing
from people.standing import Person
from safety.ratings import Rating, Showing, Viewer, showing

from . import membership
from .discretion import Told, as_told, keeps_back
from .models import Collection, Output, Visibility, Withheld

STRANGER = Viewer(owner=False, moderator=False, sees_mature=False, public_page=True)
"""Whoever has a link, or looks at what everybody sees."""

OWNER = Viewer(owner=True, moderator=False, sees_mature=False, public_page=False)
"""Whoever looks at what is their own: it is blurred for them whether or not they asked for such things."""

FOR_REVIEW = (Withheld.PHOTOGRAPH, Withheld.POLICY, Withheld.MODERATOR, Withheld.REMOVED)
"""Withheld for more than a rating: moderators have to see it, also where it was never shared."""


@dataclass(frozen=True)
class Seen:
    """An output as one person may see it. It is to be shown and never to be saved: what is not told is cut out."""

    output: Output
    told: Told
    kept: Output
    """With everything, for what has to know more than it tells."""
    own: bool = False
    by_name: bool = False
    review: bool = False
    """Whether only a moderator's duty shows it."""
    in_feed: bool = True
    """Whether it stands in one of the person's feeds; what only a collection shows does not."""

    @property
    def hidden(self) -> bool:
        """Only the facts are there, for the owner."""
        return self.output.showing == Showing.HIDE

    @property
    def tells_all(self) -> bool:
        """Whether the kept file, which has the whole request in it, says no more than is told. What a file that was
        brought in says was never looked through."""
        return not keeps_back(self.kept, self.told) and (self.own or not self.kept.imported)


@dataclass(frozen=True)
class SeenCollection:
    """A collection as one person may see it, and as whom that person looks at what belongs to it."""

    collection: Collection
    viewer: Viewer
    own: bool = False


def seen(person: Person, output_id: UUID) -> Seen:
    """Whatever this person may see: their own, what is shared with them, what moderators have to look at."""
    return _or_404(look(person, _fetch(pk=output_id)))


def pixels(person: Person, output_id: UUID) -> Seen:
    """The same where also its picture is there for them."""
    found = seen(person, output_id)
    return _or_404(None if found.hidden else found)


def output(person: Person, output_id: UUID) -> Output:
    """An output whose picture this person may use: their own, or shared with them."""
    found = pixels(person, output_id)
    return _or_404(None if found.review else found).output


def asked_for(person: Person, output_id: UUID) -> Output:
    """An output that this person may use, and whose request they may read."""
    found = pixels(person, output_id)
    return _or_404(found if found.told.prompt and not found.review else None).output


def own(person: Person, output_id: UUID) -> Output:
    """An output that this person may change."""
    return get_object_or_404(Output, pk=output_id, owner_id=person.pk)


def by_link(key: UUID) -> Seen:
    """What its owner shows to whoever has the link."""
    return _or_404(look_as(STRANGER, _fetch(link_key=key, visibility=Visibility.LINK, trashed_at=None)))


def among(person: Person, outputs: Iterable[UUID]) -> set[UUID]:
    """Which of these are this person's own, or shown to them by others. So many queries, however many are asked for."""
    rows = Output.objects.filter(pk__in=list(outputs)).order_by().values_list("pk", "owner_id")
    by_name, public = rows.filter(**_there_for(invited(person))), rows.filter(**_there_for(STRANGER))
    named = by_name.filter(Q(shared_with=person.pk) | membership.chosen_for(person))
    for_all = public.filter(Q(visibility=Visibility.PUBLIC) | membership.chosen_for_everybody())
    found = {pk for pk, _ in rows.filter(owner_id=person.pk).union(named, for_all)}
    searches = Collection.objects.exclude(query="").select_related("owner")
    for shared, shown in ((Q(shared_with=person.pk), by_name), (Q(visibility=Visibility.PUBLIC), public)):
        owners = dict(shown.exclude(pk__in=found))
        asked = list(searches.filter(shared, owner__in=set(owners.values()))) if owners else []
        found |= {pk for _, pk in membership.found_by(asked, owners)}
    return found


def collection(person: Person, collection_id: UUID) -> SeenCollection:
    """A collection of one's own, one that is shared with one by name or with everybody, or any that is shared where one
    has to look after it."""
    found = get_object_or_404(Collection.objects.select_related("owner"), pk=collection_id)
    if found.owner_id == person.pk:
        return SeenCollection(found, OWNER, own=True)
    if person.pk is not None and found.shared_with.filter(pk=person.pk).exists():
        return SeenCollection(found, invited(person))
    if found.visibility == Visibility.PUBLIC:
        return SeenCollection(found, STRANGER)
    if standing.is_moderator(person) and Collection.objects.filter(membership.shared(), pk=found.pk).exists():
        return SeenCollection(found, moderator(person))
    raise Http404


def own_collection(person: Person, collection_id: UUID) -> Collection:
    """A collection that this person may change."""
    return get_object_or_404(Collection, pk=collection_id, owner_id=person.pk)


def collection_by_link(key: UUID) -> SeenCollection:
    linked = Collection.objects.select_related("owner").filter(visibility=Visibility.LINK)
    return SeenCollection(get_object_or_404(linked, link_key=key), STRANGER)


def by_collection_link(key: UUID, output_id: UUID) -> Seen:
    """One of the outputs of a collection, as whoever has its link sees it."""
    linked = Collection.objects.filter(link_key=key, visibility=Visibility.LINK)
    output = _fetch(pk=output_id, trashed_at=None)
    return _or_404(look_as(STRANGER, output) if membership.holding(linked, output) else None)


def look(person: Person, output: Output) -> Seen | None:
    """How this person sees the output; None where it is not there for them."""
    if output.owner_id == person.pk:
        return look_as(OWNER, output)
    return _as_guest(person, output) or _as_moderator(person, output)


def look_as(viewer: Viewer, output: Output) -> Seen | None:
    """How somebody sees an output that is theirs or shared with them; it asks the database nothing."""
    output.showing = showing(Rating(output.rating), bool(output.withheld), viewer)
    if viewer.owner:
        return Seen(output, Told.ALL, output, own=True)
    if output.showing == Showing.HIDE:
        return None
    told = Told.by(output)
    return Seen(as_told(output, told), told, output, by_name=not viewer.public_page)


def by_owner(outputs: Iterable[Output]) -> list[Output]:
    """A person's own outputs as that person may see them."""
    return [seen.output for output in outputs if (seen := look_as(OWNER, output))]


def invited(person: Person) -> Viewer:
    """Somebody with whom an owner shares something by name."""
    return Viewer(owner=False, moderator=False, sees_mature=standing.sees_mature(person), public_page=False)


def moderator(person: Person) -> Viewer:
    """Somebody whose duty it is to look."""
    return Viewer(owner=False, moderator=True, sees_mature=standing.sees_mature(person), public_page=False)


def shown_ratings(viewer: Viewer) -> list[Rating]:
    """The ratings of what is not hidden from this viewer."""
    return [rating for rating in Rating if showing(rating, False, viewer) != Showing.HIDE]


def _as_guest(person: Person, output: Output) -> Seen | None:
    """As somebody whom the owner named, who may be shown more; else as everybody. By itself, or in a collection."""
    if output.trashed_at is not None:
        return None
    found = _as_named(person, output)
    if found is None and output.visibility == Visibility.PUBLIC:
        found = look_as(STRANGER, output)
    if found is None and membership.holding(Collection.objects.filter(visibility=Visibility.PUBLIC), output):
        found = _out_of_feeds(look_as(STRANGER, output))
    return found


def _there_for(viewer: Viewer) -> dict[str, object]:
    """What an output of others must be to be there for this viewer."""
    return {"rating__in": shown_ratings(viewer), "withheld": "", "trashed_at": None}


def _as_named(person: Person, output: Output) -> Seen | None:
    if person.pk is None:
        return None
    if output.shared_with.filter(pk=person.pk).exists():
        return look_as(invited(person), output)
    if membership.holding(Collection.objects.filter(shared_with=person.pk), output):
        return _out_of_feeds(look_as(invited(person), output))
    return None


def _out_of_feeds(found: Seen | None) -> Seen | None:
    return replace(found, in_feed=False) if found else None


def _as_moderator(person: Person, output: Output) -> Seen | None:
    """What is shared, reported, appealed or held back; the request is theirs to read where one of the last three is,
    and its owner takes it out of their sight by deleting it for good alone."""
    if not standing.is_moderator(person):
        return None
    case = output.withheld in FOR_REVIEW or _is_open_case(output)
    if not case and (output.trashed_at is not None or not _is_shared(output)):
        return None
    output.showing = showing(Rating(output.rating), bool(output.withheld), moderator(person))
    if output.showing == Showing.HIDE:
        return None
    told = Told.ALL if case else Told.by(output)
    return Seen(as_told(output, told), told, output, review=True)


def _is_shared(output: Output) -> bool:
    if output.visibility != Visibility.PRIVATE or output.shared_with.exists():
        return True
    return membership.holding(Collection.objects.filter(membership.shared()), output)


def _is_open_case(output: Output) -> bool:
    reported = Q(reports__isnull=False, reports__decided_at=None)
    appealed = Q(appeals__isnull=False, appeals__decided_at=None)
    return Output.objects.filter(reported | appealed, pk=output.pk).exists()


def _fetch(**where: object) -> Output:
    return get_object_or_404(Output.objects.select_related("owner", "generation"), **where)


def _or_404(found: Seen | None) -> Seen:
    if found is None:
        raise Http404
    return found
