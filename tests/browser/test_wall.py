"""The wall of cards: justified rows, pages that join, and what many cards cost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import Page, expect

from gallery import collecting
from gallery.grid import PAGE_SIZE
from gallery.models import Collection, Output

from .scrolling import SCROLL, WATCH, longest_task, used_heap
from .walls import SHAPES, WIDE, picture, wall

FULL = """() => [...document.querySelectorAll(".rows[data-goes-on]")].every((rows) =>
  rows.getBoundingClientRect().right - rows.lastElementChild.getBoundingClientRect().right < 2)"""
"""Where rows go on behind a page's end, they end at the edge."""


def rows(page: Page) -> list[dict[str, float]]:
    """Where the rows that are seen end, and how high they are."""
    return page.evaluate(
        """() => {
          const rows = new Map();
          for (const tile of document.querySelectorAll(".tile:not([data-waiting])")) {
            const box = tile.getBoundingClientRect();
            const row = Math.round(box.top + scrollY);
            rows.set(row, { right: box.right, height: box.height });
          }
          return [...rows.values()];
        }"""
    )


def test_every_picture_keeps_its_shape(open_page, person, media):
    wall(person, len(SHAPES))
    page = open_page("/gallery/", viewport=WIDE)
    boxes = [tile.bounding_box() for tile in page.locator(".tile").all()]
    found = [box["width"] / box["height"] for box in boxes]
    assert found == [pytest.approx(width / height, rel=0.01) for width, height in SHAPES]


def test_pages_join_without_a_gap_and_the_last_row_waits_for_its_rest(open_page, person, media):
    wall(person, 130, minutes=0.01)
    page = open_page("/gallery/", viewport=WIDE)
    expect(page.locator(".sheet")).to_have_count(2)  # asked for ahead of the eye
    right = rows(page)[0]["right"]
    assert [row["right"] for row in rows(page)] == [pytest.approx(right, abs=2)] * len(rows(page))
    page.evaluate(SCROLL)
    expect(page.locator(".tile:not([data-waiting])")).to_have_count(130)
    *full, _last = rows(page)
    assert [row["right"] for row in full] == [pytest.approx(right, abs=2)] * len(full)

    page.locator(".tile > a").nth(3).focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="To the trash").click()
    expect(page.locator(".tile")).to_have_count(129)
    page.wait_for_function(FULL)  # a frame later: far away, tiles that moved have no place before

    page.set_viewport_size({"width": 1000, "height": 900})
    page.wait_for_function("() => document.querySelector('.feed').clientWidth < 1000")
    page.wait_for_function(FULL)


def test_pages_of_a_collection_join_as_those_of_the_gallery(open_page, person, media):
    shelf = Collection.objects.create(owner=person, title="Teapots")
    collecting.add(shelf, [output.pk for output in wall(person, 100, minutes=0.01)])
    page = open_page(f"/collections/{shelf.pk}/", viewport=WIDE)
    page.evaluate(SCROLL)
    expect(page.locator(".tile:not([data-waiting])")).to_have_count(100)
    expect(page.locator(".feed > .button")).to_have_count(0)
    *full, _last = rows(page)
    assert [row["right"] for row in full] == [pytest.approx(full[0]["right"], abs=2)] * len(full)


@pytest.fixture
def two_days(person, media) -> Callable[[int], list[Output]]:
    """Sixty, so many of them of today and the others of the day before."""

    def two_days(today: int) -> list[Output]:
        outputs = wall(person, 60, minutes=0.001)
        before = Output.objects.filter(pk__in=[output.pk for output in outputs[today:]])
        before.update(created_at=F("created_at") - timedelta(days=1))
        return outputs

    return two_days


def test_the_first_row_of_a_day_is_full_where_a_page_ends_in_it(open_page, two_days):
    two_days(PAGE_SIZE - 1)
    page = open_page("/gallery/", viewport=WIDE)
    expect(page.locator(".tile:not([data-waiting])")).to_have_count(60)
    right = rows(page)[0]["right"]
    assert sum(row["right"] < right - 2 for row in rows(page)) <= 2  # where the days end
    expect(page.locator(".day")).to_have_count(2)


@pytest.mark.parametrize("left", [0, 10])
def test_a_row_waits_for_nothing_that_has_gone_meanwhile(open_page, two_days, left):
    outputs = two_days(50)
    gone = Output.objects.filter(pk__in=[output.pk for output in outputs[PAGE_SIZE : 60 - left]])
    page = open_page("about:blank", viewport=WIDE)
    page.route("**/gallery/?after=*", lambda route: (gone.update(trashed_at=timezone.now()), route.continue_()))
    page.goto("/gallery/")
    expect(page.locator(".tile:not([data-waiting])")).to_have_count(PAGE_SIZE + left)


def test_many_cards_scroll_without_a_shift_a_hitch_or_a_growing_heap(browser, open_page, person, media):
    """A thousand, of two kilobytes each at most; `python -m tests.bench wall` scrolls through five."""
    wall(person, 1000, minutes=0.02)
    page = open_page("about:blank", viewport=WIDE)
    poster = picture("WEBP")
    page.route("**/poster", lambda route: route.fulfill(body=poster, content_type="image/webp"))
    page.goto("/gallery/")
    page.evaluate(WATCH)
    page.wait_for_function("count => document.querySelectorAll('.tile').length >= count", arg=2 * PAGE_SIZE)
    before = used_heap(page)

    longest = longest_task(browser, page, lambda: page.evaluate(SCROLL))

    expect(page.locator(".tile:not([data-waiting])")).to_have_count(1000)
    assert page.evaluate("window.shifts") == []
    assert longest <= 0.050
    assert used_heap(page) - before < 2_000_000


def test_nothing_moves_while_a_page_comes_slowly(open_page, person, media):
    wall(person, PAGE_SIZE)
    page = open_page("/gallery/", viewport=WIDE)
    line = page.context.new_cdp_session(page)
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    slow = {"offline": False, "latency": 20, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
    line.send("Network.emulateNetworkConditions", slow)
    page.reload()
    page.evaluate(WATCH)
    page.wait_for_function("() => performance.getEntriesByType('paint').length")
    page.evaluate("() => new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(told)))")
    assert page.evaluate("window.shifts") == []


# ---- Choosing ----


def test_placeholders_are_drawn_on_few_canvases(browser, open_page, person, media):
    """Throwing away those of 3,600 cards stopped the page for a tenth of a second."""
    wall(person, 300, minutes=0.01)
    page = open_page("/gallery/", viewport=WIDE)
    page.evaluate(
        """() => {
          const create = document.createElement;
          window.canvases = 0;
          document.createElement = (name) => (window.canvases += name === "canvas", create.call(document, name));
        }"""
    )
    page.evaluate(SCROLL)
    expect(page.locator(".tile")).to_have_count(300)
    assert page.evaluate("window.canvases") < 100
