"""Runs a site under random faults, and tells whether anything was lost, made twice, or made differently."""

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from random import Random

PAUSE_SECONDS = 0.02
PEACE_SECONDS = 0.5
LEASE_SECONDS = 2
STALL_SECONDS = 4


def main() -> int:
    asked = _arguments()
    verdicts = [run(asked, database) for database in asked.database]
    return 0 if all(verdicts) else 1


def run(asked: argparse.Namespace, database: str) -> bool:
    """One site in a process of its own, for settings are read once. True: nothing was lost."""
    sys.stdout.flush()
    if pid := os.fork():
        return os.waitpid(pid, 0)[1] == 0
    status = 1
    try:
        status = 0 if _run(asked, database) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(asked: argparse.Namespace, database: str) -> bool:
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="mg-chaos-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        server = None
        if database == "postgresql":
            from tests.postgres import postgres

            server = stack.enter_context(postgres())
        port = _settle_in(home, server.url if server else "")
        from .site import Clock, Site, Snare

        site = Site(home, port, asked.workers, server)
        stack.callback(site.stop)
        print(f"{database}: {asked.jobs} jobs, {asked.workers} workers, {asked.faults} faults, seed {asked.seed}")
        return _trial(site, Clock(), Snare(), asked)


def _trial(site, clock, snare, asked) -> bool:
    from django.db import Error, close_old_connections

    from . import faults, work

    random = Random(asked.seed)
    scene = faults.Scene(site, clock, snare, random, [])
    jobs = work.drawn_jobs(random, asked.jobs)
    people = work.People(site.url, random, jobs)
    coming, happened = faults.drawn(random, asked.faults), Counter()
    started = last_fault_at = time.monotonic()
    while True:
        scene.tend()
        site.tend()
        now = time.monotonic()
        if now - started > asked.minutes * 60:
            print(f"gave up after {asked.minutes} minutes")
            break
        try:
            people.act()
            # As much of the faults as of the jobs is over, so that they strike all along.
            due = coming and people.finished() * asked.faults > happened.total() * asked.jobs
            if not coming and not scene.later and people.done():
                break
        except Error:
            close_old_connections()
            due = False
        if due and now - last_fault_at > PEACE_SECONDS:
            fault = coming.pop(0)
            fault(scene)
            happened[fault.__name__] += 1
            last_fault_at = now
        time.sleep(PAUSE_SECONDS)
    took = time.monotonic() - started
    scene.end()
    site.stop()
    verdict = work.judge(jobs)
    _tell(took, happened, people.counts, verdict)
    return not any(asdict(verdict).values())


def _tell(took, happened, counts, verdict) -> None:
    from django.db.models import Sum

    from gallery.models import Output
    from generation.models import Generation

    attempts, crashes = Generation.objects.aggregate(a=Sum("attempt"), c=Sum("crashes")).values()
    states = Counter(Generation.objects.values_list("state", flat=True))
    rows = [
        ("seconds", f"{took:.0f}"),
        *((f"fault: {name}", count) for name, count in sorted(happened.items())),
        *((f"jobs {state}", count) for state, count in states.items()),
        ("outputs", Output.objects.count()),
        ("attempts", attempts),
        ("crashes that were made up for", crashes),
        *sorted(counts.items()),
        *((name.upper(), count) for name, count in asdict(verdict).items()),
    ]
    for name, value in rows:
        print(f"  {name:<60}{value:>8}")


def _settle_in(home: Path, database_url: str) -> int:
    """Read the settings for this home, lay the tables and build the demo models. The port for the web server."""
    from tests.site import free_port

    port = free_port()
    for name in [name for name in os.environ if name.startswith("MEDIAGEN_")]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "mediagen_site.settings",
        "MEDIAGEN_HOME": str(home),
        "MEDIAGEN_PORT": str(port),
        "MEDIAGEN_LEASE_SECONDS": str(LEASE_SECONDS),
        "MEDIAGEN_STALL_SECONDS": str(STALL_SECONDS),
        "DATABASE_URL": database_url,
        "REDIS_URL": f"unix://{home}/valkey.sock",
        "OMP_NUM_THREADS": "1",
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    settings.STATIC_ROOT.mkdir()
    _apart(_build_demo_models)
    return port


def _build_demo_models() -> None:
    from django.conf import settings

    from generation.engine.engine import Engine

    Engine(settings.MEDIAGEN_MODELS, settings.MEDIAGEN_DEMO_MODELS, settings.MEDIAGEN_ENGINE).prepare()


def _apart(act) -> None:
    """In a child: who computes with torch must not fork any more."""
    from django.db import connections

    import generation.worker  # noqa: F401  (before the fork: importing torch takes seconds)

    connections.close_all()
    if pid := os.fork():
        assert os.waitpid(pid, 0)[1] == 0
        return
    try:
        act()
        os._exit(0)
    finally:
        os._exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--database", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
