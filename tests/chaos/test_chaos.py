"""A few jobs under a few faults of every kind; `make chaos` runs hundreds, on both databases."""

import subprocess
import sys

from tests.chaos.site import ROOT


def test_nothing_is_lost_made_twice_or_made_differently():
    small = ["--jobs", "16", "--faults", "8", "--database", "sqlite", "--minutes", "8"]
    trial = subprocess.run([sys.executable, "-m", "tests.chaos", *small], cwd=ROOT, capture_output=True, text=True)
    assert trial.returncode == 0, trial.stdout + trial.stderr[-5000:]
    assert "DIFFERENT" in trial.stdout
