"""The access matrix: every URL, every method, everybody. `python -m tests.bench access` prints all of it."""

import os

import pytest
from django.db import transaction
from django.utils import timezone

from gallery.models import Collection, Output, Rating, Visibility, Withheld

from . import asking
from .access_table import BY_COLLECTION_LINK, BY_LINK, DECLARED, IN_COLLECTION, READING, WHO, Declared

ENDPOINTS = asking.endpoints()
EVERYTHING = "MEDIAGEN_ACCESS_TABLE" in os.environ


def test_every_url_declares_who_may_ask_it():
    assert [each.route for each in ENDPOINTS if each.declared is None] == []


def test_nothing_is_declared_that_is_not_there():
    assert set(DECLARED) - {each.name for each in ENDPOINTS} == set()


def test_a_new_url_without_access_is_found_out():
    assert asking.Endpoint("unheard_of", "unheard/of/").declared is None


def declared_methods(each: asking.Endpoint) -> tuple[str, ...]:
    """What an endpoint is for; the long run asks all methods."""
    declared = each.declared or Declared(None, None)
    return (("GET",) if declared.get else ()) + (("POST",) if declared.post else ())


def find_no_surprise(world, endpoints: list[asking.Endpoint]) -> None:
    found = []
    for each in endpoints:
        methods = asking.METHODS if EVERYTHING else declared_methods(each)
        found += asking.findings(world.cookies, world.arguments, methods, [each])
    if EVERYTHING:
        print("\n" + asking.table(found))
    unexpected = [surprise for row in found for surprise in row.surprises]
    if EVERYTHING:
        print(f"{len(found) * len(WHO)} asked, {len(unexpected)} surprises")
    assert not unexpected, "\n".join(unexpected)


def test_everybody_finds_what_is_declared(world):
    find_no_surprise(world, [each for each in ENDPOINTS if not each.name.startswith("admin:")])


def test_the_admin_opens_to_operators_alone(world):
    admin = [each for each in ENDPOINTS if each.name.startswith("admin:")]
    find_no_surprise(world, admin if EVERYTHING else [each for each in admin if "changelist" in each.name])


LISTS = [
    *("/", "/queue/", "/gallery/", "/gallery/?whose=public", "/gallery/?whose=shared", "/gallery/?whose=favourites"),
    *("/collections/", "/collections/?whose=public", "/collections/?whose=shared"),
]


def arrange(output: Output, state: str) -> None:
    """In no collection."""
    output.collections.clear()
    shared, _, rest = state.partition(", ")
    output.rating = {"not rated": Rating.UNRATED, "mature": Rating.MATURE}.get(rest, Rating.GENERAL)
    output.withheld = Withheld.MODERATOR if rest == "withheld" else ""
    output.visibility = {"public": Visibility.PUBLIC, "by link": Visibility.LINK}.get(shared, Visibility.PRIVATE)
    output.save()
    if shared != "by name":
        output.shared_with.clear()


PICTURES = ("file", "download", "download?stripped=1", "poster")


def test_pictures_go_to_whom_their_owner_and_their_rating_let_see(world):
    found = {}
    for state in READING:
        with transaction.atomic():
            arrange(world.output, state)
            for what in PICTURES:
                path = f"/gallery/{world.output.pk}/{what}"
                found[state, what] = tuple(asking.ask(path, "GET", world.cookies[who], {}) for who in WHO)
            transaction.set_rollback(True)
    assert found == {(state, what): who for state, who in READING.items() for what in PICTURES}


def test_a_link_shows_what_is_shared_by_it_and_rated_general(world):
    found = {}
    for state in BY_LINK:
        with transaction.atomic():
            arrange(world.output, state)
            for what in ("", "file", "poster"):
                path = f"/s/{world.output.link_key}/{what}"
                found[state, what] = tuple(asking.ask(path, "GET", world.cookies[who], {}) for who in WHO)
            transaction.set_rollback(True)
    assert found == {(state, what): who for state, who in BY_LINK.items() for what in ("", "file", "poster")}


def arrange_collection(world, state: str) -> Collection:
    """With the output in it, which is private by itself."""
    shared, _, rest = state.partition(", ")
    collection = Collection.objects.get()
    arrange(world.output, f"private, {rest}")
    Output.objects.filter(pk=world.output.pk).update(trashed_at=timezone.now() if rest == "in the trash" else None)
    collection.outputs.add(world.output)
    collection.visibility = {"public": Visibility.PUBLIC, "by link": Visibility.LINK}.get(shared, Visibility.PRIVATE)
    collection.save()
    if shared != "by name":
        collection.shared_with.clear()
    return collection


def test_a_collection_shows_what_is_in_it_to_whom_it_is_shown(world):
    found = {}
    for state in IN_COLLECTION:
        with transaction.atomic():
            arrange_collection(world, state)
            for what in PICTURES:
                path = f"/gallery/{world.output.pk}/{what}"
                found[state, what] = tuple(asking.ask(path, "GET", world.cookies[who], {}) for who in WHO)
            transaction.set_rollback(True)
    assert found == {(state, what): who for state, who in IN_COLLECTION.items() for what in PICTURES}


def test_the_link_of_a_collection_shows_what_is_in_it_and_rated_general(world):
    found = {}
    for state in BY_COLLECTION_LINK:
        with transaction.atomic():
            collection = arrange_collection(world, state)
            for what in ("", "file", "poster"):
                path = f"/c/{collection.link_key}/{world.output.pk}/{what}"
                found[state, what] = tuple(asking.ask(path, "GET", world.cookies[who], {}) for who in WHO)
            transaction.set_rollback(True)
    expected = {(state, what): who for state, who in BY_COLLECTION_LINK.items() for what in ("", "file", "poster")}
    assert found == expected


@pytest.mark.parametrize("path", LISTS)
def test_lists_tell_nobody_of_what_is_private(world, client, path):
    world.output.prompt = "a heron of my own"
    arrange(world.output, "private")
    Collection.objects.update(visibility=Visibility.PRIVATE)
    Collection.objects.get().shared_with.clear()
    for who in ("member", "shared", "moderator", "operator"):
        client.cookies.load(world.cookies[who])
        page = client.get(path).content.decode()
        assert "heron" not in page.lower()
        assert str(world.output.pk) not in page
