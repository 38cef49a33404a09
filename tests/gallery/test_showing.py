"""What reaches a browser of an output that is not plainly shown, on every page and URL that has it."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.models import Output
from generation.models import Generation, State

MATURE = {"rating": "mature", "rated_by": "classifier"}
WITHHELD = {**MATURE, "withheld": "mature_off"}
REASON = "Rated above general, which this site does not show"
PIXELS = ("output_file", "output_poster", "output_download")


@pytest.fixture
def output(keep, ada, media) -> Output:
    output = keep(ada)
    now = timezone.now()
    ended = Generation.objects.filter(pk=output.generation_id)
    ended.update(state=State.SUCCEEDED, created_at=now, started_at=now, finished_at=now)
    return output


@pytest.fixture
def become(output):
    def become(**facts: object) -> Output:
        Output.objects.filter(pk=output.pk).update(**facts)
        output.refresh_from_db()
        return output

    return become


def pages(output: Output) -> list[str]:
    """Everywhere an owner meets it."""
    one = reverse("output", args=[output.pk])
    return [
        "/",
        "/gallery/",
        one,
        f"/generations/{output.generation_id}/",
        f"/generations/{output.generation_id}/card/",
    ]


@pytest.mark.parametrize("rating", ["", "general"])
def test_what_is_ordinary_looks_to_its_owner_as_ever(hers, become, rating):
    output = become(rating=rating)
    for page in pages(output):
        html = hers.get(page).content.decode()
        assert "veil" not in html, page
        assert "thumb-blurred" not in html, page
        assert "thumb-withheld" not in html, page
    for name in PIXELS:
        answer = hers.get(reverse(name, args=[output.pk]))
        answer.getvalue()
        assert answer.status_code == 200


def test_what_is_withheld_tells_its_maker_why_and_not_a_pixel_leaves(hers, become):
    output = become(**WITHHELD)
    for page in pages(output):
        html = hers.get(page).content.decode()
        assert REASON in html, page
        assert not re.search(rf"{output.pk}/(file|poster)", html), page
    for name in PIXELS:
        assert hers.get(reverse(name, args=[output.pk])).status_code == 404
    assert hers.get(reverse("output_download", args=[output.pk]) + "?stripped=1").status_code == 404
    assert hers.get(f"/?reference={output.pk}").status_code == 404


def test_what_is_above_general_is_blurred_until_it_is_pressed(hers, become, settings):
    settings.MATURE = True
    output = become(**MATURE)
    for page in pages(output):
        html = hers.get(page).content.decode()
        assert "thumb-blurred" in html or '<details class="veil">' in html, page


@pytest.mark.parametrize(("facts", "there"), [(MATURE, True), (WITHHELD, False)])
def test_the_tools_of_the_viewer_are_for_those_who_may_see_it(hers, become, settings, facts, there):
    settings.MATURE = True
    output = become(**facts, type="video", format="gif", frames=16, fps=16)
    html = hers.get(reverse("output", args=[output.pk])).content.decode()
    for tool in ("data-zoom-by", "data-frame-by", "data-first-still"):
        assert (tool in html) == there, tool


def test_a_blurred_video_does_not_play_by_itself(hers, become, settings):
    settings.MATURE = True
    output = become(**MATURE, type="video", format="mp4")
    for page in pages(output):
        html = hers.get(page).content.decode()
        assert "data-autoplay" not in html, page
        assert "data-animated" not in html, page


def test_the_owner_raises_the_rating_on_the_page(hers, ada, become):
    output = become(rating="general")
    where = reverse("output", args=[output.pk])
    offered = re.findall(r'<option value="(\w+)"', hers.get(where).content.decode())
    assert offered == ["mature", "explicit"]
    assert hers.post(where + "rating/", {"rating": "mature"}).status_code == 302
    output.refresh_from_db()
    assert (output.rating, output.rated_by, output.withheld) == ("mature", "owner", "mature_off")


@pytest.mark.parametrize("rating", ["general", "mature", "", "none", "\0"])
def test_a_rating_that_is_not_higher_is_refused_beside_its_field(hers, become, settings, rating):
    settings.MATURE = True
    output = become(**MATURE)
    answer = hers.post(reverse("output_rating", args=[output.pk]), {"rating": rating})
    assert answer.status_code == 422
    assert 'id="id_rating-errors"' in answer.content.decode()
    output.refresh_from_db()
    assert output.rating == "mature"


def test_nobody_else_raises_it(his, become):
    output = become(rating="general")
    assert his.post(reverse("output_rating", args=[output.pk]), {"rating": "mature"}).status_code == 404


def test_an_output_that_nobody_asked_for_on_somebody_s_behalf_is_not_shown(output):
    assert Output.objects.get(pk=output.pk).showing == "hide"
