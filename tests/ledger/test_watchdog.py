"""What stands still is ended, whatever it is doing; what moves is left alone."""

import subprocess
import sys

import pytest

HANGING = """
import ctypes
from generation.watchdog import Watchdog
with Watchdog().watching(0.5):
    ctypes.{library}(None).sleep(60)
"""
MOVING = """
import time
from generation.watchdog import Watchdog
dog = Watchdog()
with dog.watching(0.6):
    for _ in range(10):
        time.sleep(0.1)
        dog.moved()
time.sleep(0.8)
"""


# CDLL gives the GIL back while it calls, PyDLL holds it: no thread of Python could run meanwhile.
@pytest.mark.parametrize("library", ["CDLL", "PyDLL"])
def test_a_long_c_call_is_ended_also_while_it_holds_the_gil(library):
    ended = subprocess.run(
        [sys.executable, "-c", HANGING.format(library=library)], capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
    assert "line 5" in ended.stderr


def test_what_moves_or_is_over_is_left_alone():
    subprocess.run([sys.executable, "-c", MOVING], check=True, timeout=30)
