"""The same searches find the same on SQLite and PostgreSQL."""

import json
import os
import subprocess
import sys
from uuid import uuid4

import pytest
from django.utils import timezone

from gallery import queries, search
from gallery.models import Output
from gallery.search.query import condition

from . import corpus

EXPECTED = {"mine": corpus.MINE, "public": corpus.PUBLIC, "shared": corpus.SHARED}


def differing(answers):
    return {
        (feed, text): (answers[feed][text], expected)
        for feed, asked in EXPECTED.items()
        for text, expected in asked.items()
        if answers[feed][text] != expected
    }


@pytest.fixture
def anna(db, django_user_model):
    corpus.fill()
    return django_user_model.objects.get(username=corpus.PERSON)


def test_what_the_database_at_hand_finds(anna):
    assert differing(corpus.answers()) == {}


def test_postgresql_finds_the_same(postgresql, tmp_path):
    own = {"DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": str(tmp_path)}
    asked = subprocess.run(
        [sys.executable, "-m", "tests.gallery.search.corpus"],
        env={**os.environ, **own, "DATABASE_URL": postgresql.with_tables()},
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 0, asked.stderr
    assert differing(json.loads(asked.stdout)) == {}


def test_own_and_others_stand_together_among_the_favourites(anna):
    names = ("fox", "shown", "veiled", "kept")
    for output in Output.objects.filter(receipt__name__in=names):
        anna.favourites.get_or_create(output=output)
    feed = queries.feed(anna, queries.Whose.FAVOURITES)

    assert set(corpus.found(anna, feed, "fox")) == {"fox", "shown"}
    assert set(corpus.found(anna, feed, "steps:30")) == {"fox", "shown"}
    assert set(corpus.found(anna, feed, "-dancing")) == {"shown", "veiled"}


@pytest.fixture
def stacks(anna):
    """Three of anna's together, two of which one is in the trash, one by itself; two of boris."""
    together, halved, alone, theirs = uuid4(), uuid4(), uuid4(), uuid4()
    named = {"fox": together, "circle": together, "square": together, "film": halved, "plain": halved, "ёж": alone}
    for name, stack in named.items():
        Output.objects.filter(receipt__name=name).update(stack=stack)
    Output.objects.filter(receipt__name="plain").update(trashed_at=timezone.now())
    Output.objects.filter(receipt__name__in=("shown", "kept")).update(stack=theirs)


@pytest.mark.usefixtures("stacks")
def test_stacked_is_what_has_others_beside_it(anna):
    feed = queries.feed(anna)
    assert set(corpus.found(anna, feed, "is:stacked")) == {"fox", "circle", "square"}
    assert corpus.found(anna, feed, "is:stacked fox") == ["fox"]
    assert set(corpus.found(anna, feed, "-is:stacked")) >= {"film", "ёж", "café"}
    assert not set(corpus.found(anna, feed, "-is:stacked")) & {"fox", "circle", "square"}
    assert corpus.found(anna, queries.feed(anna, queries.Whose.TRASH), "is:stacked") == ["plain"]


@pytest.mark.usefixtures("stacks")
def test_of_the_stacks_of_others_nothing_is_told(anna):
    assert corpus.found(anna, queries.feed(anna, queries.Whose.PUBLIC), "is:stacked") == []


def test_what_is_found_keeps_the_order_of_its_feed(anna):
    feed = queries.feed(anna)
    rows = feed.rows.order_by("-created_at", "-id")

    found = search.apply(search.read("fox OR castle OR steps:>1", anna), rows, feed)

    assert list(found) == [row for row in rows if row in set(found)]
    assert len(found) > 3


@pytest.mark.parametrize(
    ("text", "looked_up"),
    [
        ("steps:30", True),
        ("cfg:4.5,6 sampler:dpm++_2m_karras", True),
        ("lora:ink OR лиса", True),
        ("tag:fox,draft", True),
        ("-tag:fox", False),
        ("steps:>20", False),
        ("-steps:30", False),
        ("steps:30 OR is:shared", False),
        ("seed:7", False),
    ],
)
def test_exact_values_of_ones_own_are_looked_up(anna, text, looked_up):
    query = search.read(text, anna)
    assert bool(condition(query, queries.feed(anna)).words) == looked_up
    assert condition(query, queries.feed(anna, queries.Whose.PUBLIC)).words is None


@pytest.mark.parametrize("text", ["fox", "fox -red tag:fox", "steps:>20 collection:evenings fav", "is:shared"])
def test_a_search_is_one_query(anna, text, django_assert_num_queries):
    feed = queries.feed(anna)
    with django_assert_num_queries(1):
        list(search.apply(search.read(text, anna), feed.rows, feed))
