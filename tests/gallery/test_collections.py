"""Collections: what their owners do with them, and what others find in them."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery import access, collecting, favourites, membership, search, tagging, trash
from gallery.models import Collection, Output, Rating, Visibility, Withheld
from people import leaving
from people.models import Profile, Role

from .conftest import HTMX

pytestmark = pytest.mark.django_db

SHARED = "shared"
WAYS = [Visibility.PRIVATE, SHARED, Visibility.LINK, Visibility.PUBLIC]


@pytest.fixture
def herons(ada) -> Collection:
    return Collection.objects.create(owner=ada, title="Herons")


@pytest.fixture
def filled(ada, herons, rows) -> list[Output]:
    """Five private outputs in it, rated general, in their order."""
    outputs = rows(ada, 5)
    Output.objects.update(rating=Rating.GENERAL)
    collecting.add(herons, [output.pk for output in outputs])
    return list(membership.outputs_of(herons).order_by("place"))


def order(collection: Collection) -> list[uuid.UUID]:
    return list(membership.outputs_of(collection).order_by("place", "item").values_list("pk", flat=True))


def show(collection: Collection, way: str, *people: User) -> Collection:
    collection.visibility = Visibility.PRIVATE if way == SHARED else Visibility(way)
    collecting.save(collection)
    collection.shared_with.set(people if way == SHARED else [])
    return collection


def send(client: Client, name: str, collection: Collection, **values: object) -> int:
    return client.post(reverse(name, args=[collection.pk]), values).status_code


class TestMaking:
    def test_a_new_one(self, ada, hers):
        answer = hers.post(reverse("collection_new"), {"title": " By the  lake ", "description": "All of it."})
        made = ada.collections.get()
        assert answer.url == reverse("collection", args=[made.pk])
        assert (made.title, made.description, made.visibility) == ("By the lake", "All of it.", "private")

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"title": ""}, "title"),
            ({"title": "x" * 121}, "title"),
            ({"title": "Lake", "description": "x" * 2001}, "description"),
            ({"title": "two naked children"}, "title"),
            ({"title": "Lake", "description": "two naked children"}, "description"),
            ({"title": "Lake", "query": "steps:many"}, "query"),
        ],
    )
    def test_what_is_wrong_is_told_and_kept(self, ada, hers, typed, field):
        answer = hers.post(reverse("collection_new"), typed)
        assert answer.status_code == 422
        assert answer.context["form"].errors[field]
        assert typed[field] in answer.content.decode()
        assert not ada.collections.exists()

    def test_it_is_changed_and_deleted_and_what_was_in_it_stays(self, ada, hers, herons, filled):
        assert send(hers, "collection_edit", herons, title="Cranes") == 302
        herons.refresh_from_db()
        assert herons.title == "Cranes"
        assert send(hers, "collection_delete", herons) == 302
        assert ada.outputs.count() == 5

    def test_from_the_page_of_an_output(self, ada, hers, rows):
        (output,) = rows(ada, 1)
        url = reverse("output_collect", args=[output.pk])
        hers.post(url, {"title": "Lake"}, headers=HTMX)
        assert order(ada.collections.get()) == [output.pk]
        assert hers.post(url, {"title": "two naked children"}, headers=HTMX).status_code == 422
        hers.post(reverse("output_uncollect", args=[output.pk]), {"collection": ada.collections.get().pk})
        assert order(ada.collections.get()) == []

    def test_nothing_of_others_gets_into_it(self, herons, bob, rows):
        (theirs,) = rows(bob, 1)
        assert collecting.add(herons, [theirs.pk]) == 0


class TestArranging:
    def test_what_is_added_stands_at_the_end_once(self, ada, herons, filled, rows):
        (late,) = rows(ada, 1)
        assert collecting.add(herons, [late.pk, filled[0].pk]) == 1
        assert order(herons) == [*(output.pk for output in filled), late.pk]

    @pytest.mark.parametrize(("moved", "before"), [(4, 0), (0, 3), (2, 1), (1, 2), (3, 3), (0, None), (4, None)])
    def test_moving(self, hers, herons, filled, moved, before):
        ids = [output.pk for output in filled]
        target = None if before is None else ids[before]
        assert send(hers, "collection_move", herons, output=ids[moved], before=target or "") == 302
        expected = [pk for pk in ids if pk != ids[moved]]
        at = moved if moved == before else len(expected) if target is None else expected.index(target)
        expected.insert(at, ids[moved])
        assert order(herons) == expected

    def test_room_between_two_never_ends(self, herons, filled):
        ids = [output.pk for output in filled]
        for turn in range(60):
            collecting.move(herons, ids[turn % 2], ids[1 - turn % 2])
            collecting.move(herons, ids[turn % 2], ids[2])
            assert set(order(herons)[:2]) == set(ids[:2])
        assert order(herons)[2:] == ids[2:]

    def test_the_arrows_work_without_a_script(self, hers, herons, filled):
        page = hers.get(reverse("collection_arrange", args=[herons.pk]))
        items = page.context["items"]
        send(hers, "collection_move", herons, output=items[0].output.pk, before=items[0].later)
        ids = [output.pk for output in filled]
        assert order(herons) == [ids[1], ids[0], *ids[2:]]
        send(hers, "collection_move", herons, output=ids[4], before=items[4].earlier)
        assert order(herons)[-2:] == [ids[4], ids[3]]

    def test_taking_out_takes_the_cover_along(self, hers, herons, filled):
        send(hers, "collection_cover", herons, output=filled[2].pk)
        herons.refresh_from_db()
        assert herons.cover == filled[2]
        send(hers, "collection_take_out", herons, output=filled[2].pk)
        herons.refresh_from_db()
        assert herons.cover is None
        assert len(order(herons)) == 4

    def test_many_are_taken_out_at_once(self, hers, herons, filled):
        url = reverse("collection", args=[herons.pk])
        page = hers.get(url).content.decode()
        assert 'value="uncollect"' in page
        chosen = [str(output.pk) for output in filled[:2]]
        sent = {"action": "uncollect", "collection": herons.pk, "outputs": chosen, "next": url}
        assert hers.post(reverse("gallery_bulk"), sent).url == url
        assert order(herons) == [output.pk for output in filled[2:]]

    @pytest.mark.parametrize("name", ["collection_move", "collection_take_out", "collection_cover"])
    def test_what_is_not_in_it_is_not_there(self, ada, hers, herons, filled, rows, name):
        (other,) = rows(ada, 1)
        assert send(hers, name, herons, output=other.pk) == 404
        assert send(hers, name, herons, output="x") == 400


class TestPages:
    def test_a_long_one_is_shown_a_page_at_a_time_in_its_order(self, ada, hers, herons, rows):
        collecting.add(herons, [output.pk for output in rows(ada, 120)])
        url, seen = reverse("collection", args=[herons.pk]), []
        while url:
            page = hers.get(url).context["page"]
            seen += [output.pk for output in page.outputs]
            url = page.next_url
        assert seen == order(herons)
        assert hers.get(reverse("collection", args=[herons.pk]), {"after": "x"}).status_code == 404

    def test_a_page_that_joins_others_leads_only_onwards(self, ada, hers, herons, rows):
        collecting.add(herons, [output.pk for output in rows(ada, 120)])
        url = reverse("collection", args=[herons.pk])
        first = hers.get(url).context["page"]
        second = hers.get(first.next_url, headers=HTMX).context["page"]
        assert second.next_url
        assert second.previous_url is None
        whole = hers.get(first.next_url).context["page"]
        assert whole.next_url
        third = hers.get(second.next_url).context["page"]
        back = hers.get(third.previous_url, headers=HTMX).context["page"]
        assert back.previous_url
        assert back.next_url is None

    @pytest.mark.parametrize(("person", "selects"), [("hers", True), ("his", False)])
    def test_its_owner_selects_in_it_by_a_button(self, request, bob, herons, filled, person, selects):
        show(herons, SHARED, bob)
        page = request.getfixturevalue(person).get(reverse("collection", args=[herons.pk])).content.decode()
        assert ("data-select-mode" in page) == selects
        assert ('id="selection"' in page) == selects

    @pytest.mark.parametrize("query", ["", "teapot"])
    @pytest.mark.parametrize("person", ["hers", "his"])
    def test_looking_goes_on_within_it(self, request, ada, bob, herons, filled, rows, person, query):
        rows(ada, 3)  # which stand between and around them in her gallery
        if query:
            Output.objects.exclude(pk__in=[output.pk for output in filled]).update(prompt="A lake.")
            search.index.write_all()
            herons.query = query
            herons.save()
        show(herons, SHARED, bob)
        client, shown = request.getfixturevalue(person), []
        url = client.get(reverse("collection", args=[herons.pk])).context["page"].days[0].cards[0].url
        while url:
            page = client.get(url)
            shown.append(page.context["output"].pk)
            url = page.context["next_url"]
        assert shown == [output.pk for output in (reversed(filled) if query else filled)]
        grid = client.get(page.context["feed_url"])
        assert grid.context["found_at"] == shown[-1]
        assert shown[-1] in {output.pk for output in grid.context["page"].outputs}

    def test_the_way_through_somebody_elses_own_is_not_there(self, his, herons, rows, bob):
        (output,) = rows(bob, 1)
        assert his.get(reverse("output", args=[output.pk]), {"collection": herons.pk}).status_code == 404
        assert his.get(reverse("gallery"), {"collection": herons.pk}, follow=True).status_code == 404

    @pytest.mark.parametrize("whose", ["", "public"])
    def test_the_list_asks_as_much_for_many_as_for_few(self, ada, hers, rows, whose):
        def asked() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert hers.get(reverse("collections"), {"whose": whose}).context["page"].shelves
            return len(captured)

        def make(count: int) -> None:
            for output in rows(ada, count):
                made = Collection.objects.create(owner=ada, title="Lake", visibility=Visibility.PUBLIC)
                made.items.create(output=output)
            Output.objects.update(rating=Rating.GENERAL)

        make(2)
        few = asked()
        make(20)
        assert asked() == few

    @pytest.mark.parametrize("name", ["collection", "collection_arrange"])
    def test_so_does_one(self, ada, hers, herons, rows, name):
        def asked() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert hers.get(reverse(name, args=[herons.pk])).status_code == 200
            return len(captured)

        collecting.add(herons, [output.pk for output in rows(ada, 2)])
        few = asked()
        collecting.add(herons, [output.pk for output in rows(ada, 20)])
        assert asked() == few

    def test_covers_are_what_is_there_for_whoever_looks(self, bob, hers, his, herons, filled):
        show(herons, SHARED, bob)
        Output.objects.filter(pk=filled[0].pk).update(rating=Rating.MATURE)
        Output.objects.filter(pk=filled[1].pk).update(trashed_at=timezone.now())

        def cover(client: Client, whose: str) -> uuid.UUID:
            (shelf,) = client.get(reverse("collections"), {"whose": whose}).context["page"].shelves
            return shelf.cover.output.pk

        assert cover(hers, "") == filled[0].pk
        assert cover(his, "shared") == filled[2].pk
        collecting.choose_cover(herons, filled[3])
        assert cover(his, "shared") == filled[3].pk

    def test_lists_go_on_by_their_cursor(self, ada, hers):
        for number in range(30):
            Collection.objects.create(owner=ada, title=f"Lake {number}")
        page = hers.get(reverse("collections")).context["page"]
        rest = hers.get(reverse("collections"), {"after": page.after}).context["page"]
        titles = [shelf.collection.title for shelf in [*page.shelves, *rest.shelves]]
        assert titles == [f"Lake {number}" for number in reversed(range(30))]
        assert hers.get(reverse("collections"), {"after": "x"}).status_code == 404


# ---- Who sees what is in it ----


@pytest.fixture
def people(ada, bob, settings) -> dict[str, User]:
    """Bob and Cleo are named, of whom Cleo is an adult who asked for it; Dana is a member, Mona a moderator."""
    settings.MATURE = True
    cleo, dana, mona = (User.objects.create_user(name) for name in ("cleo", "dana", "mona"))
    Profile.objects.create(user=cleo, adult_confirmed_at=timezone.now(), wants_mature=True)
    Profile.objects.create(user=mona, role=Role.MODERATOR)
    return {"owner": ada, "guest": bob, "adult": cleo, "member": dana, "mod": mona}


def may_see(who: str, way: str, rating: str) -> bool:
    """The rules, said once more and otherwise than in the code."""
    if who == "owner":
        return True
    if rating == Rating.UNRATED or way == Visibility.PRIVATE:
        return False
    if who == "mod":
        return True
    by_name = way == SHARED and who in ("guest", "adult")
    if rating == Rating.GENERAL:
        return by_name or way == Visibility.PUBLIC
    return by_name and who == "adult"


@pytest.mark.parametrize("query", ["", "teapot"])
@pytest.mark.parametrize("rating", list(Rating))
@pytest.mark.parametrize("way", WAYS)
def test_everybody_finds_in_it_what_they_may(people, ada, herons, rows, way, rating, query):
    (output,) = rows(ada, 1)
    search.reindex([output.pk])
    Output.objects.update(rating=rating)
    if query:
        herons.query = query
    else:
        collecting.add(herons, [output.pk])
    show(herons, way, people["guest"], people["adult"])
    found = {who: access.look(person, Output.objects.get()) is not None for who, person in people.items()}
    assert found == {who: may_see(who, way, rating) for who in people}
    guests = {who: person for who, person in people.items() if who not in ("owner", "mod")}
    assert {who: access.among(person, [output.pk]) == {output.pk} for who, person in guests.items()} == {
        who: found[who] for who in guests
    }


@pytest.mark.parametrize("withheld", [Withheld.MODERATOR, Withheld.MATURE_OFF])
def test_what_is_withheld_is_in_no_collection_for_others(bob, herons, filled, withheld):
    show(herons, SHARED, bob)
    Output.objects.update(withheld=withheld)
    assert access.look(bob, Output.objects.get(pk=filled[0].pk)) is None


@pytest.mark.parametrize("way", [SHARED, Visibility.PUBLIC])
def test_what_leaves_it_is_seen_no_more(bob, his, herons, filled, way):
    show(herons, way, bob)
    url = reverse("output", args=[filled[0].pk])
    assert his.get(url).status_code == 200
    collecting.remove(herons, [filled[0].pk])
    assert his.get(url).status_code == 404
    collecting.show_no_more_to(herons, "bob")
    show(herons, Visibility.PRIVATE)
    assert his.get(reverse("output", args=[filled[1].pk])).status_code == 404
    assert his.get(reverse("collection", args=[herons.pk])).status_code == 404


def test_a_hidden_prompt_stays_hidden_in_it(bob, his, herons, filled):
    show(herons, SHARED, bob)
    Output.objects.update(shows_prompt=False)
    for name, where in (("collection", herons), ("output", filled[0]), ("output_json", filled[0])):
        assert "teapot" not in his.get(reverse(name, args=[where.pk])).content.decode()
    assert his.get("/", {"remix": filled[0].pk}).status_code == 404


def test_what_a_collection_shows_stands_in_no_feed(bob, his, herons, filled):
    show(herons, SHARED, bob)
    assert his.get("/gallery/", {"whose": "shared"}).context["page"].outputs == []


@pytest.mark.parametrize("way", [SHARED, Visibility.PUBLIC])
def test_a_favourite_of_it_stands_among_them_as_long_as_it_is_there(bob, his, herons, filled, way):
    show(herons, way, bob)
    favourites.add(bob, [filled[0].pk])
    assert his.get("/gallery/", {"whose": "favourites"}).context["page"].outputs == [filled[0]]
    collecting.remove(herons, [filled[0].pk])
    assert his.get("/gallery/", {"whose": "favourites"}).context["page"].outputs == []


def test_searches_that_ask_for_each_others_end(ada, bob, his, rows):
    (one,), (other,) = rows(ada, 1), rows(bob, 1)
    for owner, wanted in ((ada, other), (bob, one)):
        Collection.objects.create(owner=owner, title="Alike", query=f"like:{wanted.pk}", visibility=Visibility.PUBLIC)
    assert his.get(reverse("output", args=[one.pk])).status_code == 404


def test_looking_asks_as_much_however_many_collections_there_are(ada, bob, rows):
    rows(ada, 1)
    Output.objects.update(rating=Rating.GENERAL)

    def make(count: int) -> None:
        for number in range(count):
            made = Collection.objects.create(owner=ada, title=f"Lake {number}", query=f"swan{number}")
            made.shared_with.add(bob)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert access.look(bob, Output.objects.get()) is None
        return len(captured)

    make(2)
    few = asked()
    make(20)
    assert asked() == few


class TestLink:
    def test_whoever_has_it_sees_what_is_in_it_and_nothing_beyond(self, ada, hers, herons, filled, rows):
        show(herons, Visibility.LINK)
        rows(ada, 1)
        page = Client().get(reverse("collection_link", args=[herons.link_key]))
        assert [output.pk for output in page.context["outputs"]] == order(herons)
        assert "noindex" in page["X-Robots-Tag"]
        links = {part.partition('"')[0] for part in page.content.decode().partition("<main")[2].split('href="')[1:]}
        own = (f"/c/{herons.link_key}/", "/static/")
        assert [link for link in links if not link.startswith(own)] == []

    def test_one_leads_to_those_beside_it_as_far_as_they_are_there(self, herons, filled):
        show(herons, Visibility.LINK)
        first, hidden, last, *rest = filled
        Output.objects.filter(pk__in=[hidden.pk, *(output.pk for output in rest)]).update(rating=Rating.MATURE)

        def beside(output: Output) -> list[str]:
            page = Client().get(reverse("collection_link_output", args=[herons.link_key, output.pk]))
            return [page.context[name] for name in ("previous_url", "next_url")]

        def url(output: Output) -> str:
            return f"/c/{herons.link_key}/{output.pk}/"

        assert beside(first) == ["", url(last)]
        assert beside(last) == [url(first), ""]

    def test_another_one_ends_the_one_before(self, hers, herons, filled):
        show(herons, Visibility.LINK)
        before = reverse("collection_link", args=[herons.link_key])
        send(hers, "collection_share_link", herons)
        herons.refresh_from_db()
        assert Client().get(before).status_code == 404
        assert Client().get(reverse("collection_link", args=[herons.link_key])).status_code == 200

    @pytest.mark.parametrize("rating", [Rating.UNRATED, Rating.MATURE])
    def test_it_shows_what_is_general_alone(self, herons, filled, rating):
        show(herons, Visibility.LINK)
        Output.objects.filter(pk=filled[0].pk).update(rating=rating)
        page = Client().get(reverse("collection_link", args=[herons.link_key]))
        assert filled[0].pk not in [output.pk for output in page.context["outputs"]]
        where = [herons.link_key, filled[0].pk]
        assert Client().get(reverse("collection_link_output", args=where)).status_code == 404

    def test_the_key_of_an_output_is_no_key_of_a_collection(self, herons, filled):
        Output.objects.filter(pk=filled[0].pk).update(visibility=Visibility.LINK, link_key=uuid.uuid4())
        key = Output.objects.get(pk=filled[0].pk).link_key
        assert Client().get(reverse("collection_link", args=[key])).status_code == 404


class TestSharing:
    def test_an_owner_shows_and_takes_back(self, ada, bob, hers, his, herons, filled):
        url = reverse("collection", args=[herons.pk])
        assert send(hers, "collection_share", herons, visibility="public") == 302
        assert his.get(url).status_code == 200
        assert send(hers, "collection_share", herons, visibility="private") == 302
        assert his.get(url).status_code == 404
        send(hers, "collection_share_add", herons, username="bob")
        assert his.get(url).status_code == 200
        send(hers, "collection_share_remove", herons, username="bob")
        assert his.get(url).status_code == 404

    @pytest.mark.parametrize(
        ("name", "typed", "form"),
        [
            ("collection_share", {"visibility": "everybody"}, "visibility_form"),
            ("collection_share_add", {"username": "nobody"}, "person_form"),
        ],
    )
    def test_nonsense_is_told_beside_its_field(self, hers, herons, name, typed, form):
        answer = hers.post(reverse(name, args=[herons.pk]), typed)
        assert answer.status_code == 422
        assert answer.context[form].errors

    def test_who_is_paused_shows_nothing_new(self, ada, hers, herons, filled, rows):
        show(herons, Visibility.PUBLIC)
        private = Collection.objects.create(owner=ada, title="Lake")
        Profile.objects.create(user=ada, paused_until=timezone.now() + timedelta(days=1))
        send(hers, "collection_share", private, visibility="public")
        send(hers, "collection_share_add", private, username="bob")
        private.refresh_from_db()
        assert not private.is_shared
        (output,) = rows(ada, 1)
        with pytest.raises(collecting.CannotCollect):
            collecting.add(herons, [output.pk])
        search = Collection.objects.create(owner=ada, title="All", query="tag:heron", visibility=Visibility.PUBLIC)
        assert send(hers, "collection_edit", search, title="All", query="is:demo") == 422
        assert send(hers, "collection_edit", search, title="All here", query="tag:heron") == 302
        send(hers, "collection_share", herons, visibility="private")
        assert collecting.add(Collection.objects.get(pk=herons.pk), [output.pk]) == 1


class TestSearches:
    @pytest.fixture
    def smart(self, ada, rows) -> Callable[..., Collection]:
        def smart(query: str) -> Collection:
            outputs = rows(ada, 3)
            Output.objects.update(rating=Rating.GENERAL)
            tagging.add(ada, [outputs[0].pk], "fox")
            collection = Collection(owner=ada, title="Foxes", query=query)
            collecting.save(collection)
            return collection

        return smart

    def test_it_has_whatever_the_search_finds_now(self, ada, hers, smart, rows):
        collection = smart("tag:fox")
        assert [output.seed for output in hers.get(f"/collections/{collection.pk}/").context["page"].outputs] == [0]
        (new,) = rows(ada, 1)
        tagging.add(ada, [new.pk], "fox")
        assert membership.outputs_of(collection).count() == 2
        assert collection.cover

    def test_its_cover_is_chosen_among_what_it_finds(self, ada, hers, smart, rows):
        collection = smart("tag:fox")
        tagging.add(ada, [output.pk for output in rows(ada, 60)], "fox")
        page = hers.get(f"/collections/{collection.pk}/arrange/")
        *_others, chosen = (item.output for item in page.context["items"])
        assert f"/collections/{collection.pk}/move/" not in page.content.decode()
        assert send(hers, "collection_cover", collection, output=chosen.pk) == 302
        collection.refresh_from_db()
        assert collection.cover == chosen
        send(hers, "collection_edit", collection, title="Foxes", query="tag:fox seed:0")
        collection.refresh_from_db()
        assert collection.cover in membership.outputs_of(collection)

    def test_who_sees_it_sees_what_it_finds_as_long_as_it_does(self, ada, bob, his, smart):
        collection = show(smart("tag:fox"), SHARED, bob)
        (found,) = membership.outputs_of(collection)
        assert his.get(reverse("output", args=[found.pk])).status_code == 200
        assert len(his.get(f"/collections/{collection.pk}/").context["page"].outputs) == 1
        assert "tag:fox" not in his.get(f"/collections/{collection.pk}/").content.decode()
        (shelf,) = his.get("/collections/?whose=shared").context["page"].shelves
        assert shelf.cover
        tagging.remove(ada, [found.pk], "fox")
        assert his.get(reverse("output", args=[found.pk])).status_code == 404
        (shelf,) = his.get("/collections/?whose=shared").context["page"].shelves
        assert shelf.cover is None

    def test_one_that_found_nothing_at_first_has_a_cover_once_it_does(self, ada, hers, smart, rows):
        smart("tag:crane")
        (shelf,) = hers.get("/collections/").context["page"].shelves
        assert shelf.cover is None
        outputs = rows(ada, 3)
        tagging.add(ada, [output.pk for output in outputs], "crane")
        newest = Output.objects.filter(tags__name="crane").order_by("-created_at", "-id")[0]
        (shelf,) = hers.get("/collections/").context["page"].shelves
        assert shelf.cover.output == newest

    @pytest.mark.parametrize("gone", ["trash", "purge", "tag"])
    def test_where_its_cover_has_gone_another_of_it_stands_there(self, ada, bob, hers, his, smart, rows, gone):
        collection = show(smart("tag:fox"), SHARED, bob)
        (found,) = membership.outputs_of(collection)
        mature, other = rows(ada, 2)
        Output.objects.filter(pk=mature.pk).update(rating=Rating.MATURE, created_at=timezone.now() + timedelta(days=1))
        Output.objects.filter(pk=other.pk).update(rating=Rating.GENERAL)
        tagging.add(ada, [mature.pk, other.pk], "fox")
        if gone == "trash":
            trash.trash(ada, [found.pk])
        elif gone == "purge":
            Output.objects.get(pk=found.pk).delete()
        else:
            tagging.remove(ada, [found.pk], "fox")
        covers = [
            client.get("/collections/", {"whose": whose}).context["page"].shelves[0].cover.output.pk
            for client, whose in ((hers, ""), (his, "shared"))
        ]
        assert covers == [mature.pk, other.pk]

    @pytest.mark.parametrize("whose", ["", "public"])
    def test_the_list_asks_as_much_for_many_as_for_few(self, ada, hers, rows, whose):
        def asked() -> int:
            with CaptureQueriesContext(connection) as captured:
                shelves = hers.get(reverse("collections"), {"whose": whose}).context["page"].shelves
            assert all(shelf.cover for shelf in shelves)
            return len(captured)

        def make(count: int) -> None:
            for number in range(count):
                query = "tag:fox" if number % 2 else "teapot"
                Collection.objects.create(owner=ada, title="Lake", query=query, visibility=Visibility.PUBLIC)

        outputs = rows(ada, 30)
        Output.objects.update(rating=Rating.GENERAL)
        search.index.write_all()
        tagging.add(ada, [output.pk for output in outputs], "fox")
        make(2)
        few = asked()
        make(20)
        assert asked() == few

    def test_what_cannot_be_read_finds_nothing_and_says_so(self, hers, smart):
        collection = smart("tag:fox")
        Collection.objects.update(query="steps:many teapot")
        collection.refresh_from_db()
        context = hers.get(f"/collections/{collection.pk}/").context
        assert context["page"].outputs == []
        assert context["faults"]

    def test_it_takes_nothing_by_hand_until_it_is_settled(self, ada, hers, smart, rows):
        collection = smart("tag:fox")
        (other,) = rows(ada, 1)
        with pytest.raises(collecting.CannotCollect):
            collecting.add(collection, [other.pk])
        assert send(hers, "collection_settle", collection) == 302
        collection.refresh_from_db()
        assert (collection.query, len(order(collection))) == ("", 1)
        assert collecting.add(collection, [other.pk]) == 1

    def test_there_is_an_end_to_them(self, ada, hers):
        for number in range(membership.MOST_SEARCHES):
            Collection.objects.create(owner=ada, title="Lake", query=f"swan{number}")
        answer = hers.post(reverse("collection_new"), {"title": "One more", "query": "fox"})
        assert answer.context["form"].errors["query"]


def test_with_an_account_all_of_it_goes(ada, bob, herons, filled):
    show(herons, SHARED, bob)
    tagging.add(ada, [filled[0].pk], "fox")
    bob.favourites.create(output=filled[0])
    leaving.delete_account(ada)
    assert not Collection.objects.exists()
    assert not Output.objects.exists()
    assert not bob.favourites.exists()
