"""Folders of unfinished files: those of the dead go, those that are worked in stay."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from generation import scratch
from generation.reconcile import Reconciler

DIES = """
import os
from django.conf import settings
from pathlib import Path
settings.configure(MEDIAGEN_HOME=Path(os.environ["HOME_OF_IT"]))
from generation.scratch import working_folder
with working_folder() as folder:
    (folder / "half.png").write_text("half")
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.fixture(autouse=True)
def home(settings, tmp_path) -> Path:
    settings.MEDIAGEN_HOME = tmp_path
    return tmp_path


def test_what_is_worked_in_stays_however_far_the_clock_jumps(db, monkeypatch):
    """Days pass by the clock, and by the folder's own times."""
    now = timezone.now
    with scratch.working_folder() as folder:
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(days=3))
        os.utime(folder, (0, 0))
        assert not Reconciler().round().swept
        assert folder.is_dir()
    assert not folder.exists()


def test_what_a_killed_process_left_goes(home):
    environment = {**os.environ, "HOME_OF_IT": str(home)}
    died = subprocess.run([sys.executable, "-c", DIES], env=environment, stdout=subprocess.PIPE, text=True)
    assert Path(died.stdout.strip()).is_dir()
    assert (scratch.sweep(), scratch.sweep()) == (1, 0)
    assert not Path(died.stdout.strip()).exists()
