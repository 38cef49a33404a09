"""The gallery's pages: whose things they show, and at what cost."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery import grid
from gallery.models import Output
from generation.models import Generation

from .conftest import CHANGING, OF_AN_OUTPUT, address, files_in

pytestmark = pytest.mark.django_db


def visit(client, name, output_id):
    url = address(name, output_id)
    return client.post(url) if name in CHANGING else client.get(url)


def shown(response):
    return [output.seed for output in response.context["page"].outputs]


@pytest.mark.parametrize("name", OF_AN_OUTPUT)
def test_what_belongs_to_somebody_else_does_not_exist(media, ada, his, keep, name):
    output = keep(ada)

    assert visit(his, name, output.pk).status_code == 404
    assert Output.objects.filter(pk=output.pk).exists()
    assert len(files_in(media)) == 2


@pytest.mark.parametrize("name", OF_AN_OUTPUT)
def test_nor_does_it_for_staff_outside_the_admin(media, ada, keep, client, name):
    client.force_login(User.objects.create_superuser("root"))

    assert visit(client, name, keep(ada).pk).status_code == 404


@pytest.mark.parametrize("name", OF_AN_OUTPUT)
def test_nobody_sees_anything_without_signing_in(media, ada, keep, client, name):
    output = keep(ada)

    response = visit(client, name, output.pk)

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert Output.objects.filter(pk=output.pk).exists()


@pytest.mark.parametrize("name", OF_AN_OUTPUT)
def test_an_unknown_output_is_404(hers, name):
    assert visit(hers, name, uuid.uuid4()).status_code == 404


@pytest.mark.parametrize("name", ["gallery", *OF_AN_OUTPUT])
def test_only_the_right_methods(media, ada, hers, keep, name):
    url = reverse(name) if name == "gallery" else address(name, keep(ada).pk)
    wrong = [hers.get, hers.head, hers.put] if name in CHANGING else [hers.post, hers.put, hers.delete]

    assert {call(url).status_code for call in wrong} == {405}
    assert name == "gallery" or Output.objects.count() == 1


def test_the_gallery_shows_the_persons_own_outputs_newest_first(ada, bob, hers, rows):
    rows(ada, 3)
    rows(bob, 5)

    response = hers.get(reverse("gallery"))

    assert len(shown(response)) == 3
    assert shown(response) == list(Output.objects.filter(owner=ada).values_list("seed", flat=True))
    assert response.context["page"].next_url is None


@pytest.mark.parametrize(("type", "count"), [("", 5), ("image", 3), ("video", 2)])
def test_the_filter(ada, hers, rows, type, count):
    rows(ada, 3)
    rows(ada, 2, type="video")

    response = hers.get(reverse("gallery"), {"type": type} if type else {})

    assert len(response.context["page"].outputs) == count
    assert [choice.id for choice in response.context["types"] if choice.selected] == [type]


def test_the_way_to_older_pages_keeps_the_filter_and_ends(ada, hers, rows):
    rows(ada, grid.PAGE_SIZE * 2 + 1)
    rows(ada, 3, type="video")
    url, seen, pages = reverse("gallery") + "?type=image", [], 0
    while url:
        response = hers.get(url)
        seen += shown(response)
        url = response.context["page"].next_url
        pages += 1

    assert pages == 3
    assert sorted(seen) == list(range(grid.PAGE_SIZE * 2 + 1))


def test_htmx_gets_the_cards_alone(ada, hers, rows):
    rows(ada, grid.PAGE_SIZE + 1)
    url = hers.get(reverse("gallery")).context["page"].next_url

    cards = hers.get(url, headers={"HX-Request": "true"})
    boosted = hers.get(url, headers={"HX-Request": "true", "HX-Boosted": "true"})
    back = hers.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert b"<html" not in cards.content
    assert cards.content.count(b"data-output=") == 1
    assert b"<html" in boosted.content
    assert b"<html" in back.content
    assert "HX-Request" in cards["Vary"]


@pytest.mark.parametrize("query", ["type=teapot", "after=x", "after=%00", "after=a:b:c", "type=video&after=%F0%9F"])
def test_nonsense_in_the_address_is_404(hers, query):
    assert hers.get(f"{reverse('gallery')}?{query}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_gallery(ada, hers, rows):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert hers.get(reverse("gallery")).status_code == 200
        return len(captured)

    rows(ada, 1)
    few = queries()
    rows(ada, grid.PAGE_SIZE * 2)

    assert queries() == few


def test_the_page_of_an_output_shows_it_between_its_neighbours(media, ada, hers, keep):
    oldest, middle, newest = keep(ada), keep(ada), keep(ada)

    response = hers.get(reverse("output", args=[middle.pk]))

    assert response.context["previous"] == newest
    assert response.context["next"] == oldest
    assert response.context["again"] is None
    for name in ("output_file", "output_download", "output_json", "output_delete", "rerun"):
        assert reverse(name, args=[middle.pk]) in response.content.decode()


def test_an_output_outlives_its_generation(media, ada, hers, keep):
    output = keep(ada)
    Generation.objects.all().delete()

    assert hers.get(reverse("output", args=[output.pk])).status_code == 200
    assert hers.get(reverse("output_json", args=[output.pk])).json()["generation"] is None


def test_an_output_as_json(media, ada, hers, keep):
    output = keep(ada)

    facts = hers.get(reverse("output_json", args=[output.pk])).json()

    assert facts["id"] == str(output.pk)
    assert facts["parameters"] == output.parameters
    assert facts["generation"] == str(output.generation_id)
    assert b"".join(hers.get(facts["url"])).startswith(b"\x89PNG")


RECEIPT = {
    "prompt": {"text": "a teapot aesthetic score: 5.5.", "tokens": 640, "read": 512},
    "negative_prompt": {"text": "fog", "tokens": 2, "read": 2},
    "references": ["c" * 64],
    "weights": {"layout": "diffusers", "sha256": {"unet/model.safetensors": "d" * 64}},
    "versions": {"mediagen": "0.1.0", "torch": "2.13.0", "cuda": None, "driver": "550.54.15"},
    "seconds": {"encoding prompt": 0.25, "denoising": 1.5},
    "device": "x86_64 CPU",
    "dtype": "float32",
    "attention": "native",
    "threads": 2,
    "peak_memory": {"bytes": 3 * 2**20, "of": "process"},
}


def test_the_receipt_is_folded_below_the_facts(ada, hers, keep):
    output = keep(ada)
    output.receipt = RECEIPT
    output.save(update_fields=["receipt"])
    page = hers.get(f"/gallery/{output.pk}/").content.decode()
    folded = page.partition('<details class="advanced receipt">')[2].partition("</details>")[0]
    shown = ("a teapot aesthetic score: 5.5.", "640, of which 512 were read", "fog", "c" * 64, "d" * 64, "torch 2.13.0")
    shown += ("driver 550.54.15", "denoising 1.50", "float32", "native", "3.0\xa0MB", "Most memory of the process")
    assert [words for words in shown if words not in folded] == []
    assert "cuda" not in folded
    assert page.count('class="unread"') == 1
    assert "it read 512 of 640 tokens" in page.replace(folded, "")


def test_a_prompt_that_was_read_whole_has_no_note(ada, hers, keep):
    output = keep(ada)
    page = hers.get(f"/gallery/{output.pk}/").content.decode()
    assert 'class="unread"' not in page
