"""Collections: what their owners do with them, and their pages."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery import collecting, search, tagging
from gallery.models import Collection, Output, Rating, Visibility
from people import leaving

from .conftest import HTMX, SHARED, order, send, show

pytestmark = pytest.mark.django_db


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


def test_with_an_account_all_of_it_goes(ada, bob, herons, filled):
    show(herons, SHARED, bob)
    tagging.add(ada, [filled[0].pk], "fox")
    bob.favourites.create(output=filled[0])
    leaving.delete_account(ada)
    assert not Collection.objects.exists()
    assert not Output.objects.exists()
    assert not bob.favourites.exists()
