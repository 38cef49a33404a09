"""What operators set for the queue, and the order people give to their own."""

import pytest

from generation import ledger
from generation.models import Generation, State


@pytest.fixture
def line(anna, request_) -> list[Generation]:
    return [ledger.submit(anna, request_) for _ in range(4)]


def order(anna) -> list[Generation]:
    return list(Generation.objects.filter(owner=anna, state=State.QUEUED).order_by("place", "id"))


def test_moved_before_another_it_stands_there(anna, line):
    first, second, third, fourth = line
    assert ledger.move(fourth, before=second)
    assert order(anna) == [first, fourth, second, third]
    assert ledger.move(third, before=first)
    assert order(anna) == [third, first, fourth, second]


def test_moved_to_the_end_it_is_last(anna, line):
    first, *others = line
    assert ledger.move(first, before=None)
    assert order(anna) == [*others, first]


def test_any_number_of_moves_between_two_neighbours_finds_room(anna, line):
    first, second, third, fourth = line
    for _ in range(60):
        assert ledger.move(third, before=second)
        assert ledger.move(fourth, before=third)
        assert ledger.move(second, before=fourth)
        assert order(anna) == [first, second, fourth, third]
        ledger.move(second, before=None)
        ledger.move(second, before=third)


def test_nobody_moves_before_what_is_not_theirs_or_has_started(anna, line, request_, django_user_model, worker):
    other = ledger.submit(django_user_model.objects.create_user("boris"), request_)
    assert not ledger.move(line[1], before=other)
    ledger.cancel(line[0])
    assert not ledger.move(line[1], before=line[0])
    assert not ledger.move(line[0], before=line[1])
    assert order(anna) == line[1:]


def test_cancel_all_takes_mine_and_leaves_others(anna, line, request_, django_user_model):
    other = ledger.submit(django_user_model.objects.create_user("boris"), request_)
    assert ledger.cancel_all(anna) == 4
    assert order(anna) == []
    other.refresh_from_db()
    assert other.state == State.QUEUED


def test_a_pause_and_a_drain_are_set_once_and_lifted_once(worker):
    for begin, end in ((ledger.pause, ledger.resume), (lambda: ledger.drain(worker), lambda: ledger.undrain(worker))):
        assert [begin(), begin(), end(), end()] == [True, False, True, False]
