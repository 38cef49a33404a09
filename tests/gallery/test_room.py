"""Room: what takes it, how much is left, and what happens at the end of it."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse

from gallery import room, sizes, trash
from gallery.models import Allowance, Output
from generation.models import Generation
from tests.pages.conftest import form_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("500000", 500_000),
        ("20GB", 20 * 10**9),
        ("1.5 gib", 3 * 2**29),
        ("2TB", 2 * 10**12),
        (" 7 kB ", 7000),
    ],
)
def test_sizes_are_read_as_people_write_them(text, size):
    assert sizes.read(text) == size


@pytest.mark.parametrize("text", [" ", "GB", "-1", "20 giga", "1e9", "9" * 16, "999999999 TB", "٣GB"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        sizes.read(text)


class TestQuota:
    def test_there_is_none_unless_somebody_sets_one(self, ada, rows):
        rows(ada, 3)
        assert room.left(ada) is None
        assert room.of(ada) == room.Room(used=30, trashed=0, quota=0)

    def test_the_site_binds_members_alone(self, ada, rows, settings):
        settings.STORAGE_QUOTA = 100
        rows(ada, 3)
        assert room.left(ada) == 70
        assert room.left(User.objects.create_superuser("root")) is None

    def test_an_operator_sets_another_for_one_person(self, ada, bob, rows, settings):
        settings.STORAGE_QUOTA = 100
        Allowance.objects.create(person=ada, bytes=20)
        Allowance.objects.create(person=bob, bytes=0)
        rows(ada, 3)
        assert room.left(ada) == 0
        assert room.left(bob) is None

    def test_the_trash_counts_until_it_is_emptied(self, ada, rows):
        outputs = rows(ada, 3)
        trash.trash(ada, [output.pk for output in outputs[:2]])
        assert room.of(ada) == room.Room(used=30, trashed=20, quota=0)
        trash.empty(ada)
        assert room.of(ada).used == 10

    def test_at_its_end_nothing_new_can_be_asked_for(self, media, ada, hers, rows):
        Allowance.objects.create(person=ada, bytes=30)
        outputs = rows(ada, 3)
        answer = hers.post("/generate/", form_of(prompt="a teapot"), headers={"HX-Request": "true"})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "no room left" in page
        assert "a teapot" in page
        assert not Generation.objects.exists()
        outputs[0].delete()
        assert hers.post("/generate/", form_of()).status_code == 303

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
    def test_the_sum_is_read_from_an_index_alone(self, ada, no_statistics):
        mine = Output.objects.filter(owner=ada).order_by()
        assert "COVERING INDEX output_of_owner_by_size" in mine.values("owner", "bytes", "trashed_at").explain()


class TestPage:
    def test_it_says_what_takes_the_room(self, ada, bob, hers, rows):
        rows(ada, 3), rows(ada, 2, type="video"), rows(bob, 9)
        Output.objects.filter(type="video").update(bytes=1000)
        context = hers.get(reverse("storage")).context
        assert [(part.value, part.count, part.bytes) for part in context["types"]] == [
            ("video", 2, 2000),
            ("image", 3, 30),
        ]
        assert {card.output.owner_id for card in context["largest"]} == {ada.pk}
        assert [card.output.bytes for card in context["largest"]][:3] == [1000, 1000, 10]

    def test_the_menus_bar_is_of_the_quota(self, ada, hers, rows):
        Allowance.objects.create(person=ada, bytes=40)
        rows(ada, 3)
        bar = hers.get(reverse("storage_bar")).content.decode()
        assert 'value="75"' in bar
        assert "<html" not in bar

    def test_deleting_from_it_leads_back_to_it(self, ada, hers, rows):
        (output,) = rows(ada, 1)
        answer = hers.post(reverse("output_delete", args=[output.pk]), {"next": reverse("storage")})
        assert answer.url == reverse("storage")

    def test_the_number_of_queries_does_not_grow(self, ada, hers, rows, django_assert_num_queries):
        rows(ada, 2)
        hers.get(reverse("storage"))
        with django_assert_num_queries(12):
            hers.get(reverse("storage"))
        rows(ada, 20)
        with django_assert_num_queries(12):
            hers.get(reverse("storage"))


def test_operators_set_an_allowance_in_the_admin(ada, admin_client):
    url = reverse("admin:gallery_allowance_add")
    assert admin_client.post(url, {"person": ada.pk, "size": "20 elephants"}).status_code == 200
    assert not Allowance.objects.exists()
    assert admin_client.post(url, {"person": ada.pk, "size": "20 GB"}).status_code == 302
    assert Allowance.objects.get().bytes == 20 * 10**9
    page = admin_client.get(reverse("admin:gallery_allowance_change", args=[ada.pk])).content.decode()
    assert "20000000000" in page
