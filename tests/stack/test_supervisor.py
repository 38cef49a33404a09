"""What dies is started again, with growing pauses; what was started is stopped, and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mediagen_site.supervisor import FIRST_PAUSE, Supervisor
from tests.waiting import wait_until

SLEEP = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()",
]


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(tmp_path / "logs", said.append)
    yield supervisor
    supervisor.stop()


def test_a_killed_service_starts_again(supervisor, said):
    service = supervisor.add("sleeper", SLEEP)
    first = service.process.pid
    os.kill(first, signal.SIGKILL)

    def restarted():
        supervisor.tend()
        return service.running and service.process.pid != first

    wait_until(restarted)
    assert said == [message for message in said if message.startswith("sleeper ended with status -9")]
    assert len(said) == 1


def test_pauses_grow_while_it_keeps_dying(supervisor):
    service = supervisor.add("dier", [sys.executable, "-c", "raise SystemExit(3)"])

    def died_three_times():
        supervisor.tend()
        return service.pause >= FIRST_PAUSE * 8

    wait_until(died_three_times)


def test_what_a_service_prints_is_in_its_log(supervisor):
    supervisor.add("talker", [sys.executable, "-c", "print('hello')"])
    log = supervisor.logs / "talker.log"
    wait_until(lambda: b"hello" in log.read_bytes())


def test_a_service_has_its_own_environment_beside_ours(supervisor):
    said = "import os; print(os.environ['TURN'], 'PATH' in os.environ)"
    supervisor.add("talker", [sys.executable, "-c", said], environment={"TURN": "2"})
    wait_until(lambda: b"2 True" in (supervisor.logs / "talker.log").read_bytes())


def test_stop_ends_all_and_leaves_others_alone(supervisor):
    bystander = subprocess.Popen(SLEEP)
    pids = [supervisor.add(name, SLEEP, outlives=name == "one").process.pid for name in ("one", "two")]
    supervisor.stop()
    assert not any(alive(pid) for pid in pids)
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_what_a_killed_service_leaves_behind_goes_with_it(supervisor):
    leaves_a_child = f"import subprocess; print(subprocess.Popen({SLEEP!r}).pid, flush=True); {SLEEP[-1]}"
    service = supervisor.add("parent", [sys.executable, "-c", leaves_a_child])
    log = supervisor.logs / "parent.log"
    child = int(wait_until(lambda: log.read_text().strip()))
    os.kill(service.process.pid, signal.SIGKILL)

    def gone():
        supervisor.tend()
        return not alive(child)

    wait_until(gone)


def test_what_does_not_go_is_killed(supervisor, said, monkeypatch):
    monkeypatch.setattr("mediagen_site.supervisor.STOP_SECONDS", 0.3)
    service = supervisor.add("stubborn", STUBBORN)
    wait_until(lambda: b"up" in (supervisor.logs / "stubborn.log").read_bytes())
    supervisor.stop()
    assert service.process.returncode == -signal.SIGKILL
    assert said == ["stubborn does not stop; it is killed."]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's own")
def test_children_do_not_outlive_a_killed_supervisor(tmp_path):
    program = (
        "from pathlib import Path; from mediagen_site.supervisor import Supervisor;"
        f"s = Supervisor(Path({str(tmp_path)!r}), print);"
        f"print(s.add('sleeper', {SLEEP!r}).process.pid, flush=True); s.watch()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with parent.stdout as out:
        child = int(out.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    wait_until(lambda: not alive(child))
