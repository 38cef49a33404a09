"""Pages by the place of the last row: nothing is lost or shown twice, also among equal timestamps."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery import keyset, queries
from gallery.models import Output

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def feed(ada, rows):
    """123 rows, in groups of ten of the same moment; the first forty all at once."""
    outputs = rows(ada, 123)
    for number, output in enumerate(outputs):
        output.created_at = NOON + timedelta(microseconds=max(number, 40) // 10)
    Output.objects.bulk_update(outputs, ["created_at"])
    return queries.feed(ada).rows


def walk(feed, size):
    pages, cursor = [], ""
    while cursor is not None:
        page = keyset.page(feed, size, cursor)
        pages.append(page.outputs)
        cursor = page.after
    return pages


@pytest.mark.parametrize("size", [1, 7, 41, 123, 500])
def test_walking_all_pages_gives_every_row_once_in_order(feed, size):
    pages = walk(feed, size)

    seen = [output.pk for page in pages for output in page]
    assert seen == list(feed.order_by("-created_at", "-id").values_list("pk", flat=True))
    assert all(len(page) == size for page in pages[:-1])
    assert pages[-1]


def test_an_empty_gallery_is_one_empty_page(ada):
    assert keyset.page(queries.feed(ada).rows, 10) == keyset.Page([])


def test_rows_that_come_in_while_somebody_reads_shift_nothing(feed, ada, rows):
    first = keyset.page(feed, 50)
    rows(ada, 5)

    second = keyset.page(feed, 50, first.after)

    assert not {output.pk for output in first.outputs} & {output.pk for output in second.outputs}
    assert len(second.outputs) == 50


def test_neighbours_walk_the_same_order(feed, ada):
    expected = list(feed.order_by("-created_at", "-id"))
    mine = queries.feed(ada)
    for previous, output, following in zip(expected, expected[1:], expected[2:], strict=False):
        assert mine.beside(output) == queries.Neighbours(previous, following)
    assert mine.beside(expected[0]).previous is None
    assert mine.beside(expected[-1]).next is None


ORDERS = {
    "newest": keyset.NEWEST,
    "oldest": keyset.OLDEST,
    "seeds": keyset.Order("seeds", (keyset.number("seed"), keyset.ID)),
}


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_can_be_walked_in_both_directions(feed, name):
    order = ORDERS[name]
    expected = list(feed.order_by(*order.columns()).values_list("pk", flat=True))
    pages, cursor = [], ""
    while cursor is not None:
        pages.append(keyset.page(feed, 20, cursor, order))
        cursor = pages[-1].after
    assert [output.pk for page in pages for output in page.outputs] == expected
    assert pages[0].before is None
    back = keyset.page_before(feed, 20, pages[2].before, order)
    assert back.outputs == pages[1].outputs
    assert keyset.page_before(feed, 20, back.before, order).outputs == pages[0].outputs
    assert keyset.page_before(feed, 20, back.before, order).before is None


@pytest.mark.parametrize("place", [0, 3, 60, 119, 122])
def test_a_page_around_a_row_has_it_and_what_stands_beside_it(feed, place):
    expected = list(feed.order_by("-created_at", "-id"))
    page = keyset.page_around(feed, 20, expected[place])
    start = max(0, place - 10)
    assert page.outputs == expected[start : start + 20]
    assert (page.before is None) == (start == 0)
    assert (page.after is None) == (start + 20 >= 123)


def test_a_page_from_a_moment_knows_what_stands_before_it(feed):
    later = keyset.page_from(feed, 20, feed.filter(created_at__lt=NOON + timedelta(microseconds=9)))
    expected = list(feed.order_by("-created_at", "-id"))
    at = expected.index(later.outputs[0])
    assert at > 0
    assert later.outputs == expected[at : at + 20]
    assert later.before
    assert keyset.page_from(feed, 20, feed.all()).before is None
    assert keyset.page_from(feed, 20, feed.none()) == keyset.Page([])


def test_a_cursor_of_one_order_is_none_of_another():
    cursor = keyset.Place(keyset.NEWEST, (NOON, Output().pk)).to_cursor()
    with pytest.raises(keyset.BadCursor):
        keyset.Place.from_cursor(cursor, keyset.OLDEST)


def test_a_page_is_one_query_without_count_or_offset(feed):
    cursor = keyset.page(feed, 20).after
    with CaptureQueriesContext(connection) as captured:
        keyset.page(feed, 20, cursor)

    (query,) = [entry["sql"] for entry in captured]
    assert "COUNT" not in query
    assert "OFFSET" not in query


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
@pytest.mark.parametrize(("type", "index"), [("", "output_of_owner"), ("video", "output_of_owner_and_type")])
def test_a_page_is_read_from_the_index_starting_at_its_place(feed, ada, type, index, no_statistics):
    plan = keyset.after(queries.feed(ada, type=type).rows, keyset.Place(keyset.NEWEST, (NOON, feed[0].pk))).explain()

    assert f"INDEX {index} (" in plan
    assert "created_at<?" in plan
    assert "TEMP B-TREE" not in plan


TAMPERED = {
    "noise": lambda good: "x",
    "not ascii": lambda good: "é",
    "a null": lambda good: "\x00",
    "only colons": lambda good: ":::",
    "three parts": lambda good: "a:b:c",
    "cut at the end": lambda good: good[:-1],
    "cut at the start": lambda good: good[1:],
    "longer": lambda good: good + "x",
    "case changed": str.swapcase,
    "signed for another purpose": lambda good: signing.dumps([NOON.isoformat(), "f" * 32], salt="another"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_cursor_is_refused(how):
    cursor = TAMPERED[how](keyset.Place(keyset.NEWEST, (NOON, Output().pk)).to_cursor())
    with pytest.raises(keyset.BadCursor):
        keyset.Place.from_cursor(cursor)


def test_a_cursor_survives_the_way_through_a_url():
    place = keyset.Place(keyset.NEWEST, (NOON + timedelta(microseconds=3), Output().pk))
    assert keyset.Place.from_cursor(place.to_cursor()) == place
