"""One process does all that is due for the gallery; what fails rests and holds nothing else up."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from gallery import chores
from gallery.chores import Chore
from gallery.models import Output
from tests import standin


@pytest.fixture
def clock(monkeypatch):
    """The chores' clock, which stands still until a test moves it."""
    now = [1000.0]
    monkeypatch.setattr(chores.time, "monotonic", lambda: now[0])
    return now


def doing(pieces: list[str], done: list[str]):
    return lambda: done.append(pieces.pop(0)) is None if pieces else None


def test_all_that_is_due_is_done_in_turn():
    done = []
    many, few = Chore("many", doing(["a1", "a2", "a3"], done)), Chore("few", doing(["b1"], done))
    chores.do_all([many, few], threading.Event())
    assert done == ["a1", "b1", "a2", "a3"]


def test_a_chore_that_fails_rests_longer_each_time_and_the_others_go_on(clock, caplog):
    tries, done, pauses = [], [], []

    def fail():
        tries.append(clock[0])
        raise RuntimeError("no classifier of this name")

    failing = Chore("failing", fail)
    for _ in range(4):
        chores.do_all([failing, Chore("other", doing(["piece", "piece"], done))], threading.Event())
        pauses.append(failing.rests_until - clock[0])
        chores.do_all([failing], threading.Event())
        clock[0] = failing.rests_until
    assert len(tries) == 4
    assert len(done) == 8
    assert pauses == [5, 10, 20, 40]
    assert "no classifier of this name" in caplog.text
    failing.failures = 60
    failing.do_one()
    assert failing.rests_until - clock[0] == chores.LONGEST_PAUSE


def test_after_a_success_a_failure_counts_anew(clock):
    chore = Chore("chore", lambda: None, failures=3)
    chore.do_one()
    assert chore.failures == 0


def test_a_chore_for_which_now_and_then_is_enough(clock):
    done = []
    chore = Chore("chore", doing(["first", "second", "third"], done), every=60)
    for _ in range(2):
        chores.do_all([chore], threading.Event())
    clock[0] += 60
    chores.do_all([chore], threading.Event())
    assert done == ["first", "second"]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="others do so by themselves")
def test_sqlite_knows_what_its_tables_hold(ada, rows):
    rows(ada, 200)
    chores.refresh_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'gallery_output' AND idx = 'output_of_owner'")
        assert cursor.fetchone() == (1,)


def test_a_database_that_is_away_is_waited_for(caplog, db):
    leaving, rounds = threading.Event(), []

    def away():
        rounds.append(1)
        if len(rounds) == 3:
            leaving.set()
        raise OperationalError("the server closed the connection")

    chores.go_on([Chore("chore", away)], leaving, every=0)
    assert len(rounds) == 3
    assert caplog.text.count("the server closed the connection") == 3


def test_the_command_does_all_that_is_due(media, ada, keep, settings):
    settings.CLASSIFIER = standin.PATH
    output, thrown_away = keep(ada), keep(ada)
    Output.objects.filter(pk=thrown_away.pk).update(trashed_at=timezone.now() - timedelta(days=31))
    call_command("chores")
    assert not Output.objects.filter(pk=thrown_away.pk).exists()
    output.refresh_from_db()
    assert output.rating
    assert output.renditions.exists()


@pytest.mark.django_db(transaction=True)
def test_the_command_goes_on_until_it_is_asked_to_go(media, ada, keep, settings, monkeypatch):
    settings.CLASSIFIER = standin.PATH
    output = keep(ada)
    asked = {}
    monkeypatch.setattr("signal.signal", asked.__setitem__)

    class Leaving(threading.Event):
        def wait(self, timeout=None):
            self.set()
            return True

    monkeypatch.setattr("threading.Event", Leaving)
    call_command("chores", every=1)
    assert len(asked) == 2
    assert Output.objects.get(pk=output.pk).thumbhash
