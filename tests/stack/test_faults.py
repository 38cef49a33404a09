"""What a crash, a stop or a start that is refused does to a whole site."""

import os
import signal
from pathlib import Path

import pytest

from tests.site import Site, running_site
from tests.waiting import wait_until

from .test_main_job import asked


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One that takes a worker for dead after two seconds."""
    with running_site(tmp_path_factory.mktemp("home"), MEDIAGEN_LEASE_SECONDS="2") as site:
        yield site


def test_a_killed_worker_loses_nothing_and_makes_nothing_twice(site):
    paths = [site.generate(*asked("pony", "text2image", steps=50)) for _ in range(2)]
    wait_until(lambda: site.json(paths[0])["progress"]["step"] > 2)
    (pid,) = site.workers()
    os.kill(pid, signal.SIGKILL)
    rows = [site.finished(path) for path in paths]
    assert [row["state"] for row in rows] == ["succeeded"] * 2
    assert rows[0]["attempt"] == 2
    assert all(len(row["outputs"]) == 1 for row in rows)
    assert len({row["outputs"][0]["pixel_sha256"] for row in rows}) == 1
    assert site.workers() != [pid]


def test_sigterm_stops_everything_and_the_queue_survives(site):
    path = site.generate(*asked("pony", "text2image", steps=50))
    wait_until(lambda: site.json(path)["progress"]["step"] > 2)
    (pid,) = site.workers()
    assert site.stop() == 0
    assert site.workers() == []
    assert not Path(f"/proc/{pid}").exists()
    assert site.start().startswith("MediaGen is ready at http://127.0.0.1:")
    row = site.finished(path)
    assert (row["state"], row["attempt"], len(row["outputs"])) == ("succeeded", 2, 1)


def test_a_demo_on_an_open_address_is_refused(tmp_path):
    answer = Site(tmp_path, MEDIAGEN_HOST="0.0.0.0").manage("up", check=False)
    assert answer.returncode != 0
    assert "MEDIAGEN_DEMO" in answer.stderr
