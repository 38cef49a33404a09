"""Keeps a few processes running: starts them, restarts what dies with growing pauses, stops them in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 20.0
STOP_SECONDS = 20.0
TICK_SECONDS = 0.2
LOG_LIMIT = 10 * 1024 * 1024
PR_SET_PDEATHSIG = 1


@dataclass
class Service:
    """One process that should always run, and the pause before its next start should it die.

    `outlives`: others lean on it, so it is stopped after them. `environment` is set in addition to our own.
    """

    name: str
    command: list[str]
    outlives: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE
    restart_at: float = 0.0
    log: IO[bytes] | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """`logs` is the folder for what the services print; `say` tells the person at the terminal."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs = logs
        self.say = say
        self.services: list[Service] = []
        self.stopping = False
        logs.mkdir(parents=True, exist_ok=True)

    def add(
        self, name: str, command: list[str], *, outlives: bool = False, environment: Mapping[str, str] | None = None
    ) -> Service:
        """Start one more service."""
        service = Service(name, command, outlives, environment or {}, log=_open_log(self.logs / f"{name}.log"))
        self.services.append(service)
        self._start(service)
        return service

    def watch(self) -> None:
        """Restart what dies until told to stop."""
        while not self.stopping:
            self.tend()
            time.sleep(TICK_SECONDS)

    def tend(self) -> None:
        """One look at every service."""
        now = time.monotonic()
        for service in self.services:
            if service.running:
                if now - service.started_at > STEADY_SECONDS:
                    service.pause = FIRST_PAUSE
            elif service.process is not None:
                status = service.process.returncode
                _kill_group(service.process)
                service.process = None
                service.restart_at = now + service.pause
                self.say(
                    f"{service.name} ended with status {status}; it starts again in {service.pause:.1f} s "
                    f"(see {self.logs / service.name}.log)."
                )
                service.pause = min(service.pause * 2, LONGEST_PAUSE)
            elif now >= service.restart_at:
                self._start(service)

    def request_stop(self, *_signal: object) -> None:
        self.stopping = True

    def stop(self) -> None:
        """Stop everything that was started and wait for it, what outlives others last; kill what does not go."""
        for outlives in (False, True):
            leaving = [service for service in self.services if service.outlives == outlives]
            for service in leaving:
                if service.process is not None and service.running:
                    service.process.terminate()
            for service in leaving:
                self._await_end(service)
                if service.log is not None:
                    service.log.close()

    def _await_end(self, service: Service) -> None:
        if service.process is None:
            return
        try:
            service.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.say(f"{service.name} does not stop; it is killed.")
            service.process.kill()
            service.process.wait()
        _kill_group(service.process)

    def _start(self, service: Service) -> None:
        service.started_at = time.monotonic()
        service.process = subprocess.Popen(
            service.command,
            env={**os.environ, **service.environment},
            stdin=subprocess.DEVNULL,
            stdout=service.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own; Ctrl-C in the terminal reaches the supervisor alone
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Take what a dead service has left behind: the web server's own children would go on holding its port."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it left nobody


def _die_with_parent() -> None:
    """Ask the kernel to stop this child should the supervisor be killed outright (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _open_log(path: Path) -> IO[bytes]:
    """The log, appended to; one older generation is kept when it has grown large."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".1.log"))
    return path.open("ab")
