"""The trash: whom it hides things from, and how they go for good."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gallery import access, favourites, queries, stacks, trash
from gallery.models import Collection, Output, Rating, Visibility
from gallery.queries import Whose
from generation.models import Generation
from people.models import Profile, Role

from .conftest import address, files_in

pytestmark = pytest.mark.django_db

READS = ["output", "output_json", "output_file", "output_download", "output_poster"]


@pytest.fixture
def thrown_away(media, ada, bob, keep) -> Output:
    """Ada's, shown in every way there is, and in her trash since now."""
    output = keep(ada)
    Generation.objects.update(state="cancelled")
    Output.objects.update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC, link_key=uuid.uuid4())
    output.shared_with.add(bob)
    collection = Collection.objects.create(
        owner=ada, title="Herons", visibility=Visibility.PUBLIC, link_key=uuid.uuid4(), cover=output
    )
    collection.items.create(output=output)
    favourites.add(bob, [output.pk])
    trash.trash(ada, [output.pk])
    output.refresh_from_db()
    return output


def status(client: Client, path: str) -> int:
    answer = client.get(path)
    if answer.streaming:
        b"".join(answer)
    return answer.status_code


class TestHiding:
    def test_others_find_it_nowhere(self, thrown_away, bob, his, client):
        assert {status(his, address(name, thrown_away.pk)) for name in READS} == {404}
        assert his.post(address("output_favourite", thrown_away.pk), {"on": "1"}).status_code == 404
        assert his.get("/", {"remix": thrown_away.pk}).status_code == 404
        for whose in ("shared", "public", "favourites"):
            assert his.get("/gallery/", {"whose": whose}).context["page"].outputs == []
        assert access.among(bob, [thrown_away.pk]) == set()

    def test_nobody_likes_what_they_threw_away(self, thrown_away, hers):
        page = hers.get("/gallery/", {"whose": "trash"})
        assert [output.pk for output in page.context["page"].outputs] == [thrown_away.pk]
        assert 'class="icon-button heart"' not in page.content.decode()

    def test_nor_by_a_link_or_a_collection(self, thrown_away, his, client):
        collection = Collection.objects.get()
        page = his.get(reverse("collection", args=[collection.pk]))
        assert page.context["page"].outputs == []
        assert str(thrown_away.pk) not in his.get("/collections/?whose=public").content.decode()
        anybody = Client()
        assert status(anybody, reverse("shared_file", args=[thrown_away.link_key])) == 404
        Output.objects.update(visibility=Visibility.LINK)
        Collection.objects.update(visibility=Visibility.LINK)
        assert status(anybody, reverse("shared_link", args=[thrown_away.link_key])) == 404
        where = [collection.link_key, thrown_away.pk]
        assert status(anybody, reverse("collection_link_output", args=where)) == 404
        assert status(anybody, reverse("collection_link_poster", args=where)) == 404
        assert str(thrown_away.pk) not in anybody.get(reverse("collection_link", args=where[:1])).content.decode()

    def test_moderators_find_it_while_there_is_a_case(self, thrown_away, bob):
        mona = User.objects.create_user("mona")
        Profile.objects.create(user=mona, role=Role.MODERATOR)
        assert access.look(mona, thrown_away) is None
        thrown_away.reports.create(owner=thrown_away.owner, reporter=bob, wrong="hate")
        assert access.look(mona, thrown_away)

    def test_its_owner_finds_it_in_the_trash_alone(self, thrown_away, ada, hers):
        page = hers.get(reverse("output", args=[thrown_away.pk]))
        assert page.status_code == 200
        assert reverse("output_restore", args=[thrown_away.pk]) in page.content.decode()
        assert status(hers, address("output_file", thrown_away.pk)) == 200
        assert hers.get("/gallery/").context["page"].outputs == []
        assert hers.get("/gallery/", {"whose": "trash"}).context["page"].outputs == [thrown_away]
        assert hers.get("/").status_code == 200
        assert str(thrown_away.pk) not in hers.get("/").content.decode()
        made = hers.get(f"/generations/{thrown_away.generation_id}.json").json()
        assert made["outputs"] == []


class TestGoingAndComing:
    def test_deleting_puts_it_there_with_its_files(self, media, ada, hers, keep):
        output = keep(ada)
        answer = hers.post(reverse("output_delete", args=[output.pk]))
        assert answer.url == reverse("gallery")
        output.refresh_from_db()
        assert output.trashed_at
        assert len(files_in(media)) == 2

    def test_restored_it_is_shown_as_before(self, thrown_away, hers, his):
        assert hers.post(reverse("output_restore", args=[thrown_away.pk])).status_code == 302
        assert status(his, address("output", thrown_away.pk)) == 200
        assert his.get("/gallery/", {"whose": "public"}).context["page"].outputs == [thrown_away]

    def test_for_good_its_files_go_too(self, thrown_away, ada, hers, his, media, django_capture_on_commit_callbacks):
        url = reverse("output_purge", args=[thrown_away.pk])
        assert his.post(url).status_code == 404
        with django_capture_on_commit_callbacks(execute=True):
            assert hers.post(url).url == "/gallery/?whose=trash"
        assert not Output.objects.exists()
        assert files_in(media) == []
        assert Collection.objects.get().cover is None

    def test_what_is_not_in_it_does_not_go_for_good(self, media, ada, hers, keep):
        output = keep(ada)
        hers.post(reverse("output_purge", args=[output.pk]))
        assert Output.objects.exists()

    def test_emptying_takes_ones_own_alone(self, ada, bob, hers, rows):
        own, kept, theirs = rows(ada, trash.BATCH + 5), rows(ada, 1), rows(bob, 1)
        trash.trash(ada, [output.pk for output in own])
        trash.trash(bob, [output.pk for output in theirs])
        hers.post(reverse("trash_empty"))
        assert set(Output.objects.all()) == {*kept, *theirs}

    def test_another_leads_its_stack(self, ada, rows):
        stack = uuid.uuid4()
        first, last = rows(ada, 2)
        Output.objects.update(stack=stack)
        stacks.resettle(stack)
        leader = Output.objects.get(leads_stack=True)
        trash.trash(ada, [leader.pk])
        assert Output.objects.get(leads_stack=True) in {first, last} - {leader}
        trash.restore(ada, [leader.pk])
        assert Output.objects.get(leads_stack=True) == leader


class TestTime:
    def make_old(self, outputs, days):
        Output.objects.filter(pk__in=[output.pk for output in outputs]).update(
            trashed_at=timezone.now() - timedelta(days=days)
        )

    def test_what_is_too_old_goes_a_part_at_a_time(self, ada, rows, settings):
        old, young = rows(ada, trash.BATCH + 1), rows(ada, 2)
        self.make_old(old, 31)
        self.make_old(young, 29)
        assert [trash.purge_due() for _ in range(3)] == [trash.BATCH, 1, 0]
        assert set(Output.objects.all()) == set(young)

    def test_with_no_limit_nothing_goes_by_itself(self, ada, rows, settings):
        settings.TRASH_DAYS = 0
        self.make_old(rows(ada, 1), 9999)
        assert trash.purge_due() == 0
        assert trash.goes_at(Output.objects.get()) is None

    def test_the_page_says_when(self, thrown_away, hers):
        context = hers.get(reverse("output", args=[thrown_away.pk])).context
        assert context["goes_at"] == thrown_away.trashed_at + timedelta(days=30)


def test_neighbours_in_the_trash_are_of_the_trash(ada, hers, rows):
    first, second, other = rows(ada, 3)
    trash.trash(ada, [first.pk, second.pk])
    assert set(queries.feed(ada, Whose.TRASH).rows) == {first, second}
    page = hers.get(reverse("output", args=[first.pk]))
    assert str(other.pk) not in page.content.decode()
