"""The words of outputs are as the outputs are, for whom they are, and go with them."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from gallery import describing, keyset, queries, search, services, sharing, tagging
from gallery.models import Output, Visibility, Words
from gallery.models.words import FTS
from gallery.queries import Whose

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(ada, rows):
    (output,) = rows(ada, 1)
    output.prompt = "a fox by a river"
    output.rating = "general"
    output.save()
    return output


def finds(person, text, whose=Whose.MINE):
    feed = queries.feed(person, whose)
    return set(search.apply(search.read(text, person), feed.rows, feed))


def test_what_is_kept_is_found(media, ada, keep):
    kept = keep(ada, negative_prompt="dull clouds")
    assert finds(ada, "teapots") == finds(ada, "cloud") == {kept}


def test_titles_notes_and_tags_are_found_by_their_owner_as_they_are_now(ada, output):
    describing.describe(output, title="Evening", notes="For the wall")
    tagging.add(ada, [output.pk], "orange tail")
    for text in ("evenings", "walls", '"orange tail"', "tag:orange-tail OR orange"):
        assert finds(ada, text) == {output}
    describing.describe(output, title="Morning", notes="")
    tagging.remove(ada, [output.pk], "orange tail")
    for text in ("evening", "walls", "orange"):
        assert finds(ada, text) == set()


@pytest.mark.parametrize("way", ["public", "by name", "in bulk"])
def test_others_find_what_they_see_by_what_they_are_told(ada, bob, output, way):
    describing.describe(output, title="Evening", notes="For the wall")
    tagging.add(ada, [output.pk], "draft")
    whose = Whose.SHARED if way == "by name" else Whose.PUBLIC

    def share(visibility, told):
        sharing.share(output, visibility, shows_prompt=told, shows_references=False)

    if way == "public":
        share(Visibility.PUBLIC, True)
    elif way == "in bulk":
        sharing.share_all(Output.objects.filter(pk=output.pk), Visibility.PUBLIC)
    else:
        sharing.show_to(output, bob)
    assert finds(bob, "foxes", whose) == finds(bob, "evening", whose) == {output}
    assert finds(bob, "wall", whose) == finds(bob, "draft", whose) == finds(bob, "tag:draft", whose) == set()
    share(Visibility.PUBLIC, False)
    assert finds(bob, "fox", whose) == finds(bob, "steps:>1", whose) == set()
    assert finds(bob, "evening", whose) == {output}
    share(Visibility.PRIVATE, True)
    sharing.show_no_more_to(output, bob.username)
    assert finds(bob, "fox", whose) == finds(bob, "evening", whose) == set()
    assert finds(ada, "fox wall draft") == {output}


def test_words_go_with_their_output(ada, output):
    services.delete(output)
    assert not Words.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {FTS} WHERE {FTS} MATCH %s", [f'"{ada.pk}~fox"'])
        assert cursor.fetchone() == (0,)


def test_a_transaction_that_fails_changes_no_words(ada, output):
    with transaction.atomic():
        describing.describe(output, title="Evening", notes="")
        transaction.set_rollback(True)
    assert finds(ada, "evening") == set()
    assert finds(ada, "fox") == {output}


def test_everything_is_written_anew(ada, rows, capsys):
    rows(ada, 3)  # in one go, which tells nobody
    assert finds(ada, "teapot") == set()
    call_command("reindex_gallery")
    assert "Wrote the words of 3 outputs." in capsys.readouterr().out
    assert len(finds(ada, "teapot")) == 3


@pytest.fixture
def many(ada, rows):
    """Foxes among teapots, so many that a page is made of a stretch; groups of them of the same moment."""
    outputs = rows(ada, 700)
    start = outputs[0].created_at
    for number, output in enumerate(outputs):
        output.created_at = start + timedelta(seconds=number // 7)
        output.prompt = "a fox" if number % 3 else "a teapot"
        output.seed = 1 if number < 20 else 2
    Output.objects.bulk_update(outputs, ["created_at", "prompt", "seed"])
    search.reindex(output.pk for output in outputs)
    return outputs


def walk(person, text, order):
    feed = queries.feed(person)
    feed = queries.Feed(feed.rows, feed.viewer, order)
    query, found, cursor, near = search.read(text, person), [], "", None
    while cursor is not None:
        page = search.page(query, feed, lambda rows, cursor=cursor: keyset.page(rows, 40, cursor, order), near)
        found += page.outputs
        cursor, near = page.after, page.outputs[-1].created_at if page.outputs else None
    return found, list(search.apply(query, feed.rows, feed).order_by(*order.columns()))


@pytest.mark.parametrize("order", [keyset.NEWEST, keyset.OLDEST], ids=["newest", "oldest"])
@pytest.mark.parametrize("text", ["fox", "teapot", "-teapot", "fox seed:1", "fox -teapot seed:2", "nothing", "seed:1"])
def test_pages_made_of_stretches_are_the_pages_of_all_that_is_found(ada, many, text, order):
    found, expected = walk(ada, text, order)
    assert found == expected
    assert len(found) == len({output.pk for output in found})


@pytest.mark.parametrize("order", [keyset.NEWEST, keyset.OLDEST], ids=["newest", "oldest"])
def test_pages_around_and_before_are_so_too(ada, many, order):
    feed = queries.feed(ada)
    feed = queries.Feed(feed.rows, feed.viewer, order)
    query = search.read("fox", ada)
    rows = search.apply(query, feed.rows, feed)
    for row in (many[1], many[340], many[698]):
        cursor = keyset.Place.of(row, order).to_cursor()
        for read in (
            lambda rows, row=row: keyset.page_around(rows, 40, row, order),
            lambda rows, cursor=cursor: keyset.page_before(rows, 40, cursor, order),
        ):
            assert search.page(query, feed, read, row.created_at) == read(rows)
