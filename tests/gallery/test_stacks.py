"""What differs in seed or variant alone is one stack, and of each stack the newest leads, whoever comes and goes."""

import threading
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from gallery import services, stacks
from gallery.models import Output

from .conftest import ask, painted


def leaders() -> list[int]:
    return sorted(Output.objects.filter(leads_stack=True).values_list("seed", flat=True))


@pytest.fixture
def make(media, tmp_path):
    def make(owner, seed=7, **asked) -> Output:
        generation = ask(owner, seed=seed, **asked)
        result = painted(tmp_path)
        return services.store(
            type(result)(**{**vars(result), "seed": seed}),
            owner_id=owner.pk,
            generation_id=generation.pk,
            parameters=generation.parameters,
            demo=True,
        )

    return make


def test_seeds_and_batches_fall_together_and_nothing_else(ada, bob, make):
    one = make(ada, seed=1)
    assert one.stack is not None
    assert make(ada, seed=2).stack == one.stack
    assert make(ada, seed=3, batch_size=4).stack == one.stack
    assert make(ada, seed=4, steps=12).stack != one.stack
    assert make(bob, seed=1).stack != one.stack
    assert stacks.of(ada.pk, {}) is None


def test_the_newest_leads(ada, make):
    for seed in (1, 2, 3):
        make(ada, seed=seed)
    make(ada, seed=9, prompt="another teapot")
    assert leaders() == [3, 9]


def test_the_next_newest_follows_a_leader_that_goes_or_is_put_away(ada, make):
    one, two, three = (make(ada, seed=seed) for seed in (1, 2, 3))
    one.delete()
    assert leaders() == [3]
    three.delete()
    assert leaders() == [2]

    four = make(ada, seed=4)
    Output.objects.filter(pk=four.pk).update(trashed_at=timezone.now())
    stacks.resettle(two.stack)
    assert leaders() == [2]
    Output.objects.filter(pk=four.pk).update(trashed_at=None)
    stacks.resettle(two.stack)
    assert leaders() == [4]


def test_what_stands_alone_needs_no_settling(ada, rows, django_assert_num_queries):
    rows(ada, 2)
    with django_assert_num_queries(0):
        stacks.resettle(None)
    assert len(leaders()) == 2


def test_settling_is_no_more_for_a_long_stack(ada, make, rows, django_assert_max_num_queries):
    newest = make(ada)
    Output.objects.filter(pk__in=[row.pk for row in rows(ada, 50)]).update(
        stack=newest.stack, created_at=timezone.now() - timedelta(days=1)
    )
    with django_assert_max_num_queries(7):
        stacks.resettle(newest.stack)
    assert leaders() == [newest.seed]


@pytest.mark.django_db(transaction=True)
def test_of_several_that_come_in_at_once_one_leads(ada, make):
    """On SQLite and on PostgreSQL, whichever the tests run on."""
    together = threading.Barrier(4)

    def come_in(number: int) -> None:
        try:
            together.wait()
            for step in range(5):
                make(ada, seed=10 * number + step)
        finally:
            connection.close()

    threads = [threading.Thread(target=come_in, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    newest = Output.objects.order_by("-created_at", "-id").first()
    assert Output.objects.count() == 20
    assert leaders() == [newest.seed]


def test_what_was_made_before_is_stacked(ada, bob, make):
    for owner in (ada, bob):
        for seed in (1, 2):
            make(owner, seed=seed)
    alone = make(ada, seed=5, prompt="another teapot")
    before = dict(Output.objects.values_list("pk", "stack"))
    Output.objects.update(stack=None, leads_stack=True)

    import_module("gallery.migrations.0009_renditions_and_stacks").stack(apps, None)

    assert dict(Output.objects.values_list("pk", "stack")) == before
    assert leaders() == [2, 2, alone.seed]
