"""Collections that have whatever a search finds."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery import collecting, membership, search, tagging, trash
from gallery.models import Collection, Output, Rating, Visibility

from .conftest import SHARED, order, send, show

pytestmark = pytest.mark.django_db


@pytest.fixture
def smart(ada, rows) -> Callable[..., Collection]:
    def smart(query: str) -> Collection:
        outputs = rows(ada, 3)
        Output.objects.update(rating=Rating.GENERAL)
        tagging.add(ada, [outputs[0].pk], "fox")
        collection = Collection(owner=ada, title="Foxes", query=query)
        collecting.save(collection)
        return collection

    return smart


def test_it_has_whatever_the_search_finds_now(ada, hers, smart, rows):
    collection = smart("tag:fox")
    assert [output.seed for output in hers.get(f"/collections/{collection.pk}/").context["page"].outputs] == [0]
    (new,) = rows(ada, 1)
    tagging.add(ada, [new.pk], "fox")
    assert membership.outputs_of(collection).count() == 2
    assert collection.cover


def test_its_cover_is_chosen_among_what_it_finds(ada, hers, smart, rows):
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


def test_who_sees_it_sees_what_it_finds_as_long_as_it_does(ada, bob, his, smart):
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


def test_one_that_found_nothing_at_first_has_a_cover_once_it_does(ada, hers, smart, rows):
    smart("tag:crane")
    (shelf,) = hers.get("/collections/").context["page"].shelves
    assert shelf.cover is None
    outputs = rows(ada, 3)
    tagging.add(ada, [output.pk for output in outputs], "crane")
    newest = Output.objects.filter(tags__name="crane").order_by("-created_at", "-id")[0]
    (shelf,) = hers.get("/collections/").context["page"].shelves
    assert shelf.cover.output == newest


@pytest.mark.parametrize("gone", ["trash", "purge", "tag"])
def test_where_its_cover_has_gone_another_of_it_stands_there(ada, bob, hers, his, smart, rows, gone):
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
def test_the_list_asks_as_much_for_many_as_for_few(ada, hers, rows, whose):
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


def test_what_cannot_be_read_finds_nothing_and_says_so(hers, smart):
    collection = smart("tag:fox")
    Collection.objects.update(query="steps:many teapot")
    collection.refresh_from_db()
    context = hers.get(f"/collections/{collection.pk}/").context
    assert context["page"].outputs == []
    assert context["faults"]


def test_it_takes_nothing_by_hand_until_it_is_settled(ada, hers, smart, rows):
    collection = smart("tag:fox")
    (other,) = rows(ada, 1)
    with pytest.raises(collecting.CannotCollect):
        collecting.add(collection, [other.pk])
    assert send(hers, "collection_settle", collection) == 302
    collection.refresh_from_db()
    assert (collection.query, len(order(collection))) == ("", 1)
    assert collecting.add(collection, [other.pk]) == 1


def test_there_is_an_end_to_them(ada, hers):
    for number in range(membership.MOST_SEARCHES):
        Collection.objects.create(owner=ada, title="Lake", query=f"swan{number}")
    answer = hers.post(reverse("collection_new"), {"title": "One more", "query": "fox"})
    assert answer.context["form"].errors["query"]
