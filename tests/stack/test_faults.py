"""What a crash, a stop or a second start does to a whole site."""

import os
import signal
from pathlib import Path

from tests.site import Site, running_site
from tests.waiting import wait_until

from .test_main_job import asked


def rss(pid: int) -> int:
    """Resident memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1024


def test_twenty_jobs_on_one_worker_load_each_model_once_and_hold_their_memory(site):
    (pid,) = site.workers()
    cycle = [
        asked("pony", "text2image", steps=10),
        asked("flux", "text2image", steps=10),
        asked("anisora", "text2video"),
        asked("phr00t", "text2video"),
    ]

    def round_of_four() -> list[dict]:
        return [site.finished(path) for path in [site.generate(*request) for request in cycle]]

    round_of_four()
    after_four = rss(pid)
    rows = [row for _ in range(4) for row in round_of_four()]
    assert all(row["state"] == "succeeded" for row in rows)
    assert site.workers() == [pid]
    loads = [row["outputs"][0]["receipt"]["seconds"].get("loading", 0) for row in rows]
    assert max(loads) < 0.5, loads
    assert rss(pid) < after_four * 1.15 + 30


def test_a_killed_worker_loses_nothing_and_makes_nothing_twice(tmp_path):
    with running_site(tmp_path / "home", MEDIAGEN_LEASE_SECONDS="2") as site:
        paths = [site.generate(*asked("pony", "text2image", steps=50)) for _ in range(3)]
        wait_until(lambda: site.json(paths[0])["progress"]["step"] > 2)
        (pid,) = site.workers()
        os.kill(pid, signal.SIGKILL)
        rows = [site.finished(path) for path in paths]
        assert [row["state"] for row in rows] == ["succeeded"] * 3
        assert rows[0]["attempt"] == 2
        assert all(len(row["outputs"]) == 1 for row in rows)
        assert len({row["outputs"][0]["pixel_sha256"] for row in rows}) == 1
        assert site.workers() != [pid]


def test_a_running_job_stops_within_a_step_of_its_cancel(site):
    path = site.generate(*asked("pony", "text2image", steps=50))
    wait_until(lambda: site.json(path)["progress"]["step"] > 2, pause=0.01)
    site.post(path + "cancel/", {})
    step = site.json(path)["progress"]["step"]
    row = site.finished(path)
    assert row["state"] == "cancelled"
    assert row["progress"]["step"] <= step + 1 < 50
    assert row["outputs"] == []


def test_a_second_start_says_so_and_exits(site):
    answer = site.manage("up", check=False)
    assert answer.returncode != 0
    assert "already running" in answer.stderr


def test_a_demo_on_an_open_address_is_refused(tmp_path):
    answer = Site(tmp_path, MEDIAGEN_HOST="0.0.0.0").manage("up", check=False)
    assert answer.returncode != 0
    assert "MEDIAGEN_DEMO" in answer.stderr


def test_sigterm_stops_everything_and_the_queue_survives(tmp_path):
    home = tmp_path / "home"
    with running_site(home) as site:
        path = site.generate(*asked("pony", "text2image", steps=50))
        wait_until(lambda: site.json(path)["progress"]["step"] > 2)
        (pid,) = site.workers()
        assert site.stop() == 0
        assert site.workers() == []
        assert not Path(f"/proc/{pid}").exists()
        assert site.start().startswith("MediaGen is ready at http://127.0.0.1:")
        row = site.finished(path)
        assert (row["state"], row["attempt"], len(row["outputs"])) == ("succeeded", 2, 1)
