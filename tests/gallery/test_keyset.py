"""Pages by the place of the last row: nothing is lost or shown twice, also among equal timestamps."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery import access, keyset, queries
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
        cursor = page.older
    return pages


@pytest.mark.parametrize("size", [1, 7, 41, 123, 500])
def test_walking_all_pages_gives_every_row_once_in_order(feed, size):
    pages = walk(feed, size)

    seen = [output.pk for page in pages for output in page]
    assert seen == list(feed.order_by("-created_at", "-id").values_list("pk", flat=True))
    assert all(len(page) == size for page in pages[:-1])
    assert pages[-1]


def test_an_empty_gallery_is_one_empty_page(ada):
    assert keyset.page(queries.feed(ada).rows, 10) == keyset.Page([], None)


def test_rows_that_come_in_while_somebody_reads_shift_nothing(feed, ada, rows):
    first = keyset.page(feed, 50)
    rows(ada, 5)

    second = keyset.page(feed, 50, first.older)

    assert not {output.pk for output in first.outputs} & {output.pk for output in second.outputs}
    assert len(second.outputs) == 50


def test_neighbours_walk_the_same_order(feed, ada):
    expected = list(feed.order_by("-created_at", "-id"))
    for newer, output, older in zip(expected, expected[1:], expected[2:], strict=False):
        assert queries.neighbours(ada, access.look(ada, output)) == queries.Neighbours(newer, older)
    assert queries.neighbours(ada, access.look(ada, expected[0])).newer is None
    assert queries.neighbours(ada, access.look(ada, expected[-1])).older is None


def test_a_page_is_one_query_without_count_or_offset(feed):
    cursor = keyset.page(feed, 20).older
    with CaptureQueriesContext(connection) as captured:
        keyset.page(feed, 20, cursor)

    (query,) = [entry["sql"] for entry in captured]
    assert "COUNT" not in query
    assert "OFFSET" not in query


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
@pytest.mark.parametrize(("type", "index"), [("", "output_of_owner"), ("video", "output_of_owner_and_type")])
def test_a_page_is_read_from_the_index_starting_at_its_place(feed, ada, type, index):
    plan = keyset.after(queries.feed(ada, type=type).rows, keyset.Place(NOON, feed[0].pk)).explain()

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
    cursor = TAMPERED[how](keyset.Place(NOON, Output().pk).to_cursor())
    with pytest.raises(keyset.BadCursor):
        keyset.Place.from_cursor(cursor)


def test_a_cursor_survives_the_way_through_a_url():
    place = keyset.Place(NOON + timedelta(microseconds=3), Output().pk)
    assert keyset.Place.from_cursor(place.to_cursor()) == place
