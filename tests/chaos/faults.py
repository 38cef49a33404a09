"""What may happen to a site. Each fault is one short function; a seed draws which, to whom and when."""

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from .site import Clock, Part, Site, Snare, end, tell

HOURS = 3600.0
LOCKER = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
database.execute("BEGIN IMMEDIATE")
time.sleep(float(sys.argv[2]))
"""


@dataclass
class Scene:
    """What faults act on, and what is to happen to it later: (when by time.monotonic(), what)."""

    site: Site
    clock: Clock
    snare: Snare
    random: Random
    later: list[tuple[float, Callable[[], None]]]

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.later.append((time.monotonic() + seconds, act))

    def tend(self) -> None:
        now = time.monotonic()
        due = [act for when, act in self.later if when <= now]
        self.later = [(when, act) for when, act in self.later if when > now]
        for act in due:
            act()

    def end(self) -> None:
        """All that was to happen later happens now."""
        for _when, act in self.later:
            act()
        self.later.clear()
        self.clock.ahead = 0.0

    def a_worker(self) -> Part | None:
        living = [worker for worker in self.site.workers if worker.alive]
        return self.random.choice(living) if living else None


def kill_worker(scene: Scene) -> None:
    if worker := scene.a_worker():
        end(worker)


def kill_reconciler(scene: Scene) -> None:
    tell(scene.site.reconciler, signal.SIGKILL)


def kill_web(scene: Scene) -> None:
    if scene.site.web.alive:
        end(scene.site.web)


def kill_valkey(scene: Scene) -> None:
    tell(scene.site.valkey, signal.SIGKILL)


def redis_away(scene: Scene) -> None:
    """Gone for some seconds."""
    kill_valkey(scene)
    scene.site.valkey.away_until = time.monotonic() + scene.random.uniform(2, 6)


def flush(scene: Scene) -> None:
    try:
        Redis.from_url(settings.REDIS_URL, socket_timeout=1).flushall()
    except RedisError:
        pass  # it is away just now: all the more is lost


def power_cut(scene: Scene) -> None:
    """Everything of ours at once."""
    for part in scene.site.parts:
        if part.alive:
            end(part)


def freeze_worker(scene: Scene) -> None:
    """Held up beyond its lease; then it comes back and goes on as if nothing had been."""
    if worker := scene.a_worker():
        tell(worker, signal.SIGSTOP)
        scene.after(settings.LEASE_SECONDS * scene.random.uniform(1.5, 3), lambda: tell(worker, signal.SIGCONT))


def drain_worker(scene: Scene) -> None:
    if worker := scene.a_worker():
        tell(worker, signal.SIGTERM)


def full_disk(scene: Scene) -> None:
    """No file that this worker writes may grow beyond a few bytes, its database's neither."""
    if worker := scene.a_worker():
        pid = worker.pid
        _limit_files(pid, 1000)
        scene.after(scene.random.uniform(0.5, 3), lambda: _limit_files(pid, resource.RLIM_INFINITY))


def hang(scene: Scene) -> None:
    """Whichever worker makes the next step never comes back from it."""
    scene.snare.lay()


def set_clock(scene: Scene) -> None:
    """The clock of the workers' machine jumps by hours; the web server's does not."""
    scene.clock.ahead = scene.random.choice((-30, -5, -1, 0, 1, 5, 30)) * HOURS


def database_away(scene: Scene) -> None:
    """PostgreSQL stops, harshly or not, and comes back; SQLite is locked by somebody for as long."""
    seconds = scene.random.uniform(0.5, 3)
    site = scene.site
    if site.database is None:
        locker = subprocess.Popen([sys.executable, "-c", LOCKER, settings.DATABASES["default"]["NAME"], str(seconds)])
        scene.after(seconds + 30, locker.wait)
    elif not site.database_back_at:
        site.database.stop(scene.random.choice(("fast", "immediate")))
        site.database_back_at = time.monotonic() + seconds


def _limit_files(pid: int, limit: int) -> None:
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    except ProcessLookupError:
        pass


ALL: dict[Callable[[Scene], None], int] = {
    kill_worker: 4,
    freeze_worker: 2,
    drain_worker: 2,
    full_disk: 2,
    kill_reconciler: 1,
    kill_web: 1,
    kill_valkey: 1,
    redis_away: 1,
    flush: 2,
    power_cut: 1,
    set_clock: 2,
    hang: 1,
    database_away: 2,
}
"""Every fault, with how often it is drawn beside the others."""


def drawn(random: Random, count: int) -> list[Callable[[Scene], None]]:
    """Every kind once where there is room, the rest by weight, in random order."""
    kinds = list(ALL)
    some = random.sample(kinds, min(count, len(kinds)))
    some += random.choices(kinds, list(ALL.values()), k=count - len(some))
    random.shuffle(some)
    return some
