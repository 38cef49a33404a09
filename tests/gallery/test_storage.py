"""A file stands under its name whole or not at all."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from gallery.storage import WholeFileStorage
from tests.waiting import wait_until

from .conftest import files_in


@pytest.fixture
def storage(tmp_path) -> WholeFileStorage:
    return WholeFileStorage(location=tmp_path)


def test_what_is_saved_is_there_under_its_name_alone(storage, tmp_path):
    assert storage.save("outputs/ab/a.png", ContentFile(b"whole")) == "outputs/ab/a.png"
    assert files_in(tmp_path) == ["outputs/ab/a.png"]
    assert (tmp_path / "outputs/ab/a.png").read_bytes() == b"whole"


@pytest.fixture
def tight_limit():
    """No file of this process may grow beyond 1,000 bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_where_there_is_no_room_nothing_stays(storage, tmp_path, tight_limit):
    with pytest.raises(OSError, match="too large"):
        storage.save("outputs/ab/a.png", ContentFile(bytes(5000)))
    assert files_in(tmp_path) == []


def test_a_kill_in_the_middle_leaves_no_file_of_that_name(tmp_path):
    program = f"""
from pathlib import Path
import django_stubs_ext; django_stubs_ext.monkeypatch()
from django.conf import settings; settings.configure()
from django.core.files.base import File
from gallery.storage import WholeFileStorage
class Endless(File):
    def chunks(self, size=None):
        while True:
            yield bytes(1000)
WholeFileStorage(location={str(tmp_path)!r}).save("a.png", Endless(None, "a.png"))
"""
    with subprocess.Popen([sys.executable, "-c", program]) as writer:
        wait_until(lambda: any(path.stat().st_size for path in tmp_path.iterdir()))
        writer.kill()
    (left,) = tmp_path.iterdir()
    assert left == Path(tmp_path / "a.png.part")
