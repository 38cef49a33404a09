"""Who sees what is in a collection: by name, by its link, everybody."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery import access, collecting, favourites, search
from gallery.models import Collection, Output, Rating, Visibility, Withheld
from people.models import Profile, Role

from .conftest import SHARED, order, send, show

pytestmark = pytest.mark.django_db

WAYS = [Visibility.PRIVATE, SHARED, Visibility.LINK, Visibility.PUBLIC]


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
