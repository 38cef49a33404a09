"""What is remembered is found anew in time, and behind the callers' backs where that may be."""

from threading import Event

from generation.remembering import Remembered
from tests.waiting import wait_until


def test_while_it_is_found_anew_nobody_waits(settings):
    settings.TIMING_SECONDS = 0.01
    found, may_go_on = [], Event()

    def find() -> int:
        found.append(None)
        if len(found) > 1:
            assert may_go_on.wait(10)
        return len(found)

    remembered = Remembered(find, "TIMING_SECONDS", stale=100_000)
    wait_until(lambda: remembered() == 1 and len(found) == 2)
    assert remembered() == 1
    may_go_on.set()
    wait_until(lambda: remembered() >= 2)


def test_what_is_too_old_is_waited_for(settings):
    settings.TIMING_SECONDS = 0.0
    found = []
    remembered = Remembered(lambda: found.append(None) or len(found), "TIMING_SECONDS", stale=100_000)
    assert [remembered(), remembered()] == [1, 2]
