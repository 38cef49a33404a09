"""The grid: which feed, which order, stacks, days, dates, the way back; what a page of it costs."""

import gzip
import html
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gallery import grid, queries, ratios
from gallery.browsing import Asked
from gallery.models import Descent, Favourite, How, Output, Rating, Rendition, Visibility
from gallery.queries import Sort, Whose

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def spread(ada, rows) -> Callable[..., list[Output]]:
    """Outputs of ada, one every so many hours back from now, the newest first."""

    def spread(count: int, hours: float = 1.0, **facts: object) -> list[Output]:
        outputs = rows(ada, count)
        for number, output in enumerate(outputs):
            output.created_at = timezone.now() - timedelta(hours=hours * number)
            for name, value in facts.items():
                setattr(output, name, value)
        Output.objects.bulk_update(outputs, ["created_at", *facts])
        return outputs

    return spread


def shown(client: Client, **query: object) -> list[Output]:
    answer = client.get("/gallery/", query)
    assert answer.status_code == 200
    return answer.context["page"].outputs


def shown_at(client: Client, url: str) -> list[Output]:
    return client.get(url).context["page"].outputs


# ---- Order ----


def test_the_oldest_first(hers, spread):
    outputs = spread(5)
    assert shown(hers, sort="oldest") == outputs[::-1]


def test_by_favourites_stands_what_was_liked_last(ada, bob, hers, spread):
    first, second, _third, theirs = spread(4)
    Output.objects.filter(pk=theirs.pk).update(owner=bob)
    for output in (second, first, theirs):
        Favourite.objects.create(person=ada, output=output)
    Favourite.objects.create(person=bob, output=second)
    assert shown(hers, sort="favourites") == [first, second]
    assert shown(hers, whose="favourites", sort="favourites") == [first, second]
    assert shown(hers, whose="favourites", sort="oldest") == [second, first]


def test_favourites_are_all_that_one_likes_and_still_sees(ada, bob, hers, rows):
    public, named, mature, withheld, private, mine = rows(bob, 6)
    seen = {"rating": Rating.GENERAL, "visibility": Visibility.PUBLIC}
    Output.objects.filter(pk__in=[public.pk, withheld.pk]).update(**seen)
    Output.objects.filter(pk=withheld.pk).update(withheld="moderator")
    Output.objects.filter(pk=mature.pk).update(rating=Rating.MATURE, visibility=Visibility.PUBLIC)
    Output.objects.filter(pk=named.pk).update(rating=Rating.GENERAL)
    Output.objects.filter(pk=mine.pk).update(owner=ada)
    named.shared_with.add(ada)
    for output in (public, named, mature, withheld, private, mine):
        Favourite.objects.create(person=ada, output=output)
    assert set(shown(hers, whose="favourites")) == {public, named, mine}


def test_by_change_stands_what_went_furthest(hers, spread):
    near, _none, far, newer_far = spread(4)
    for output, change in ((near, 2), (far, 30), (newer_far, 30)):
        Output.objects.filter(pk=output.pk).update(change=change)
    assert shown(hers, sort="change") == [far, newer_far, near]


def test_by_change_others_find_only_what_they_are_told_of(hers, his, spread):
    told, drawn, hidden, origin = spread(4, change=9)
    Output.objects.update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC)
    Output.objects.filter(pk=origin.pk).update(change=None)
    Output.objects.filter(pk=hidden.pk).update(shows_prompt=False)
    Descent.objects.create(child=drawn, parent=origin, how=How.REFERENCE)
    assert shown(his, whose="public", sort="change") == [told]
    assert set(shown(hers, whose="public", sort="change")) == {told, drawn, hidden}
    Output.objects.update(shows_references=True)
    assert set(shown(his, whose="public", sort="change")) == {told, drawn}


@pytest.mark.parametrize("sort", Sort)
def test_the_way_through_a_feed_has_every_output_once(ada, hers, spread, sort):
    outputs = spread(grid.PAGE_SIZE * 2 + 3, change=7)
    Favourite.objects.bulk_create(Favourite(person=ada, output=output) for output in outputs)
    url, seen = f"/gallery/?sort={sort}", []
    while url:
        page = hers.get(url).context["page"]
        seen += page.outputs
        url = page.next_url
    assert sorted(output.pk for output in seen) == sorted(output.pk for output in outputs)
    last = hers.get(page.previous_url).context["page"]
    assert last.outputs == seen[grid.PAGE_SIZE : grid.PAGE_SIZE * 2]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
@pytest.mark.parametrize(
    ("sort", "index"),
    [
        (Sort.NEWEST, "output_on_top"),
        (Sort.OLDEST, "output_on_top"),
        (Sort.CHANGE, "output_by_change"),
        (Sort.FAVOURITES, "favourite_of_person"),
    ],
)
def test_every_order_is_read_from_its_index(ada, sort, index, no_statistics):
    feed = Asked(sort=sort).feed(ada)
    plan = feed.rows.order_by(*feed.order.columns()).explain()
    assert index in plan
    assert "TEMP B-TREE" not in plan


# ---- Stacks ----


@pytest.fixture
def stack(spread) -> UUID:
    """Three of a stack among five, led by the newest."""
    outputs, stack = spread(5), uuid4()
    Output.objects.filter(pk__in=[output.pk for output in outputs[:3]]).update(stack=stack, leads_stack=False)
    Output.objects.filter(pk=outputs[0].pk).update(leads_stack=True)
    return stack


def test_a_stack_is_one_card_that_says_how_many_it_has(hers, stack):
    answer = hers.get("/gallery/")
    cards = [card for day in answer.context["page"].days for card in day.cards]  # at midnight they are of two
    assert [card.stacked for card in cards] == [3, 0, 0]
    assert f"?stack={stack}" in answer.content.decode()


def test_a_stack_opens_and_all_can_be_seen_singly(hers, stack):
    assert len(shown(hers, stack=stack)) == 3
    assert len(shown(hers, singly="1")) == 5
    assert len(shown(hers, q="teapot")) == len(shown(hers, q="teapot", type="image"))


def test_what_is_picked_from_is_every_output_on_all_pages(hers, spread):
    outputs = spread(grid.PAGE_SIZE + 3, stack=uuid4(), leads_stack=False)
    studio = hers.get("/").content.decode()
    (url,) = (html.unescape(url) for url in re.findall(r'hx-get="(/gallery/\?pick=1[^"]*)"', studio))
    first = hers.get(url, headers={"HX-Request": "true"}).context["page"]
    more = hers.get(first.next_url, headers={"HX-Request": "true"})
    assert first.outputs + more.context["page"].outputs == outputs
    assert not more.context["selectable"]


def test_a_stack_of_somebody_else_does_not_exist(his, stack):
    assert his.get("/gallery/", {"stack": stack}).status_code == 404


def test_the_stacks_of_others_are_not_asked_for(hers, stack):
    Output.objects.update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC)
    assert hers.get("/gallery/", {"stack": stack, "whose": "public"}).status_code == 404


def test_its_page_leads_to_its_stack(hers, stack):
    stacked, single = Output.objects.filter(stack=stack).first(), Output.objects.exclude(stack=stack).first()
    assert f"?stack={stack}" in hers.get(f"/gallery/{stacked.pk}/").content.decode()
    assert "?stack=" not in hers.get(f"/gallery/{single.pk}/").content.decode()


def test_what_lies_in_the_trash_is_not_counted(hers, stack):
    Output.objects.filter(stack=stack, leads_stack=False).update(trashed_at=timezone.now())
    assert hers.get("/gallery/").context["page"].days[0].cards[0].stacked == 0


def test_what_is_seen_singly_is_so_in_every_order_type_and_at_every_date(hers, stack):
    answer = hers.get("/gallery/", {"singly": "1"})
    context = answer.context
    assert all("singly=1" in choice.url for name in ("types", "sorts") for choice in context[name])
    assert ("singly", "1") in context["asked"].hidden
    assert answer.content.decode().count('name="singly" value="1"') == 2
    assert "singly" not in context["stacks_url"]
    assert hers.get("/gallery/", {"singly": "1", "whose": "public"}).context["stacks_url"] is None


def test_the_orders_of_a_stack_are_of_it(hers, stack):
    answer = hers.get("/gallery/", {"stack": stack})
    assert f'name="stack" value="{stack}"' in answer.content.decode()
    for choice in answer.context["sorts"]:
        assert f"stack={stack}" in choice.url
        assert len(shown_at(hers, choice.url)) == (3 if choice.id in ("newest", "oldest") else 0)
    oldest = shown(hers, stack=stack, sort="oldest")
    assert oldest == shown(hers, stack=stack)[::-1]
    assert shown(hers, stack=stack, on="1999-01-01") == []


@pytest.mark.parametrize("sort", ["newest", "oldest", "favourites"])
def test_the_way_back_from_a_stack_leads_to_what_stands_for_it(hers, stack, sort):
    leader = Output.objects.get(stack=stack, leads_stack=True)
    page = hers.get("/gallery/", {"stack": stack, "sort": sort}).content.decode()
    assert f'href="/gallery/?at={leader.pk}"' in page
    assert leader in shown_at(hers, f"/gallery/?at={leader.pk}")


# ---- Days and dates ----


def test_days_have_their_headings_once(hers, spread):
    now = timezone.localtime()
    noon_yesterday = (now - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    spread(70, hours=(now - noon_yesterday) / timedelta(hours=1) / grid.PAGE_SIZE)
    answer = hers.get("/gallery/")
    days = answer.context["page"].days
    assert days[0].label == "Today"
    assert len({day.label for day in days}) == len(days)
    assert days[-1].goes_on
    more = hers.get(answer.context["page"].next_url, headers={"HX-Request": "true"})
    assert more.context["page"].days[0].begun
    assert f">{days[-1].label}</h2>" not in more.content.decode()
    assert f">{days[-1].label}</h2>" in hers.get(answer.context["page"].next_url).content.decode()


def test_a_jump_begins_with_that_day_and_leads_both_ways(hers, spread):
    spread(100, hours=6)
    day = timezone.localdate() - timedelta(days=10)
    page = hers.get("/gallery/", {"on": day.isoformat()}).context["page"]
    assert {timezone.localtime(output.created_at).date() for output in page.outputs[:4]} == {day}
    before = hers.get(page.previous_url).context["page"].outputs
    assert before[-1].created_at > page.outputs[0].created_at
    oldest = hers.get("/gallery/", {"on": day.isoformat(), "sort": "oldest"}).context["page"]
    assert timezone.localtime(oldest.outputs[0].created_at).date() == day


def test_a_jump_to_before_everything_says_so(hers, spread):
    spread(2)
    page = hers.get("/gallery/", {"on": "1999-01-01"})
    assert "Nothing from then or before" in page.content.decode()


def test_a_jump_to_after_everything_says_so(hers, spread):
    spread(2)
    page = hers.get("/gallery/", {"on": "2030-01-01", "sort": "oldest"}).content.decode()
    assert "Nothing from then or after" in page


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31", "\0"])
def test_what_is_no_date_is_told_beside_its_field(hers, spread, day):
    spread(2)
    answer = hers.get("/gallery/", {"on": day})
    assert answer.status_code == 422
    assert answer.context["jump"].errors["on"]
    assert len(answer.context["page"].outputs) == 2


def test_what_a_search_cannot_read_is_told_beside_its_field(hers, spread):
    spread(2)
    answer = hers.get("/gallery/", {"q": "steps:many"})
    assert answer.status_code == 422
    assert 'value="steps:many"' in answer.content.decode()


# ---- The way to one and back ----


def test_neighbours_are_those_of_the_feed_that_one_came_from(ada, hers, spread):
    outputs = spread(6)
    Favourite.objects.bulk_create(Favourite(person=ada, output=outputs[n]) for n in (4, 1, 3))
    context = hers.get(f"/gallery/{outputs[1].pk}/", {"sort": "favourites"}).context
    assert (context["previous"], context["next"]) == (outputs[3], outputs[4])
    assert "sort=favourites" in context["next_url"]
    plain = hers.get(f"/gallery/{outputs[1].pk}/").context
    assert (plain["previous"], plain["next"]) == (outputs[0], outputs[2])
    out_of_place = hers.get(f"/gallery/{outputs[0].pk}/", {"sort": "favourites"}).context
    assert (out_of_place["previous"], out_of_place["next"]) == (None, None)


def test_within_a_closed_stack_one_meets_the_others_of_it(hers, stack):
    second = Output.objects.filter(stack=stack).order_by("-created_at")[1]
    assert hers.get(f"/gallery/{second.pk}/").context["previous"].stack == stack
    leader = Output.objects.get(stack=stack, leads_stack=True)
    assert hers.get(f"/gallery/{leader.pk}/").context["next"].stack is None


def test_the_way_back_leads_to_the_same_place(hers, spread):
    outputs = spread(120)
    back = hers.get(f"/gallery/{outputs[90].pk}/", {"type": "image"}).context["feed_url"]
    answer = hers.get(back)
    assert outputs[90] in answer.context["page"].outputs
    assert outputs[80] in answer.context["page"].outputs
    assert "type=image" in back
    assert answer.content.decode().count("autofocus") == 1
    Output.objects.filter(pk=outputs[90].pk).delete()
    assert hers.get(back)["Location"] == "/gallery/?type=image"


def test_a_slideshow_goes_on_without_scripts_and_ends(hers, spread):
    newest, oldest = spread(2)
    page = hers.get(f"/gallery/{newest.pk}/", {"play": "1"}).content.decode()
    assert f'content="6; url=/gallery/{oldest.pk}/?play=1"' in page
    assert "http-equiv" not in hers.get(f"/gallery/{oldest.pk}/", {"play": "1"}).content.decode()


def test_a_shared_output_leads_through_what_is_shared(ada, bob, hers, rows):
    outputs = rows(bob, 3)
    Output.objects.update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC)
    back = hers.get(f"/gallery/{outputs[1].pk}/").context["feed_url"]
    assert f"whose={Whose.PUBLIC}" in back


@pytest.mark.parametrize(
    "query", ["sort=x", "whose=x", "stack=x", "singly=2", "at=x", "before=x", "after=%00", f"stack={UUID(int=1)}"]
)
def test_nonsense_leads_nowhere(hers, query):
    assert hers.get(f"/gallery/?{query}").status_code in (400, 404)


# ---- What it costs ----


def drawn(outputs: list[Output]) -> None:
    """As the chore leaves them."""
    Output.objects.update(thumbhash="2PcZNIB3iHh4eIB4iHd4iICHdwiH", stack=None)
    Rendition.objects.bulk_create(
        Rendition(output=output, spec=f"still-{width}", format="webp", file="x", width=width, height=width, bytes=1)
        for output in outputs
        for width in (320, 640)
    )


def test_a_page_takes_as_many_queries_with_one_output_as_with_many(ada, hers, spread):
    def asked(**query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(hers, **query)
        return len(captured)

    drawn(spread(2))
    queries_asked = [{}, {"sort": "change"}, {"whose": "favourites"}, {"q": "teapot"}, {"on": "2026-01-01"}]
    few = [asked(**query) for query in queries_asked]
    drawn(spread(grid.PAGE_SIZE + 5))
    assert [asked(**query) for query in queries_asked] == few
    assert few[0] <= 14


def test_the_first_page_is_small(hers, spread):
    drawn(spread(grid.PAGE_SIZE + 1))
    page = hers.get("/gallery/").content
    assert page.count(b'<li class="tile"') == grid.PAGE_SIZE
    assert len(gzip.compress(page)) < 20_000


def test_cards_have_their_stills_placeholders_and_films(hers, spread):
    drawn(spread(1, type="video", fps=16, frames=81, format="mp4"))
    output = Output.objects.get()
    Rendition.objects.create(output=output, spec="preview-320", format="mp4", file="x", width=320, height=320, bytes=1)
    page = re.sub(r"\s+", " ", hers.get("/gallery/").content.decode())
    assert (
        f'srcset="/gallery/{output.pk}/rendition/still-320 320w, /gallery/{output.pk}/rendition/still-640 640w"' in page
    )
    assert f'data-film="/gallery/{output.pk}/rendition/preview-320"' in page
    assert 'data-thumbhash="2PcZNIB3' in page
    assert "5.1 s" in page


def test_what_is_not_shown_has_neither_placeholder_nor_film(hers, spread):
    drawn(spread(1, type="video", fps=16, frames=81, format="mp4", rating="mature"))
    page = hers.get("/gallery/").content.decode()
    assert "data-thumbhash" not in page
    assert "data-film" not in page


def test_the_style_sheet_has_every_shape():
    assert (ROOT / "static/css/ratios.css").read_text() == ratios.stylesheet()


@pytest.mark.parametrize(("width", "height"), [(512, 768), (1216, 832), (1920, 1080), (333, 1000), (1024, 1024)])
def test_a_step_is_nearly_the_shape(width, height):
    assert ratios.ratio(ratios.step(width, height)) == pytest.approx(width / height, rel=0.0075)


def test_what_is_very_long_shows_its_middle():
    assert ratios.ratio(ratios.step(9000, 100)) == 4


def test_every_feed_answers(hers, spread):
    spread(1)
    for whose in Whose:
        for sort in queries.ORDERS:
            assert hers.get("/gallery/", {"whose": whose, "sort": sort, "type": "image"}).status_code == 200
