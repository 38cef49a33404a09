"""Every feed is read along an index: what SQLite says it will do, which no number of rows changes."""

import pytest
from django.db import connection

from gallery import keyset, queries, search
from gallery.models import Output
from gallery.queries import Sort, Whose

pytestmark = [
    pytest.mark.usefixtures("no_statistics"),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="other databases plan by how many rows there are"),
]

PAGES = {
    "mine": lambda person: queries.feed(person),
    "stacks closed": lambda person: of(queries.feed(person), leads_stack=True),
    "oldest": lambda person: queries.feed(person).sorted(Sort.OLDEST, person),
    "videos": lambda person: queries.feed(person, type="video"),
    "one model": lambda person: found(queries.feed(person), "model:flux", person),
    "public": lambda person: queries.feed(person, Whose.PUBLIC),
    "trash": lambda person: queries.feed(person, Whose.TRASH),
    "liked": lambda person: queries.feed(person, Whose.FAVOURITES).sorted(Sort.FAVOURITES, person),
}
INDEXES = {
    "mine": "output_of_owner",
    "stacks closed": "output_on_top",
    "oldest": "output_of_owner",
    "videos": "output_of_owner_and_type",
    "one model": "output_of_owner_and_model",
    "public": "output_public",
    "trash": "output_in_trash",
    "liked": "favourite_of_person",
}


def of(feed: queries.Feed, **where: object) -> queries.Feed:
    return queries.replace(feed, rows=feed.rows.filter(**where))


def found(feed: queries.Feed, text: str, person) -> queries.Feed:
    return queries.replace(feed, rows=search.apply(search.read(text, person), feed.rows, feed))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_along_an_index_and_not_sorted(ada, rows, name):
    feed = PAGES[name](ada)
    first = feed.rows.order_by(*feed.order.columns())[:51].explain()
    assert f"USING INDEX {INDEXES[name]} " in f"{first} "
    assert "TEMP B-TREE FOR ORDER BY" not in first


def test_the_others_of_a_stack_are_looked_up(ada, rows):
    feed = found(queries.feed(ada), "is:stacked", ada)
    plan = feed.rows.order_by(*feed.order.columns())[:51].explain()
    assert "USING INDEX output_of_owner " in plan
    assert "USING INDEX output_of_stack (stack=?)" in plan
    assert "TEMP B-TREE" not in plan


def test_a_deep_page_starts_at_its_place(ada, rows):
    rows(ada, 3)
    row = Output.objects.first()
    plan = keyset.after(queries.feed(ada).rows, keyset.Place.of(row))[:51].explain()
    assert "(owner_id=? AND created_at<?)" in plan
    assert "TEMP B-TREE" not in plan
