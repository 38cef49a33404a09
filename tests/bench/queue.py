"""What the queue costs: from the submit to the first denoising step, claims however long it is, submits, open tabs.

The first is measured on an idle worker with the model warm and the prompt encoded, from before the row is written to
before the denoiser is first called, in turn with RQ's SimpleWorker alone: from the enqueue to the job's first line.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import requests

from tests.postgres import postgres, programs
from tests.site import Site
from tests.valkey import valkey_at
from tests.waiting import wait_until

from . import _claims
from ._tabs import poll
from ._watched import BARE

JOBS = 110
SUBMITTING = 4
SUBMIT_SECONDS = 5.0
TABS, EVERY, POLL_SECONDS = 500, 2.0, 12.0
SMALL = {
    "model": "pony",
    "mode": "text2image",
    "prompt": "a teapot",
    "width": 512,
    "height": 512,
    "steps": 10,
    "seed": 1,
}


def main() -> None:
    first_steps()
    claims()
    with tempfile.TemporaryDirectory() as home:
        site = Site(Path(home), MEDIAGEN_WORKERS="0")
        site.start()
        try:
            site.sign_in()
            submits(site)
            tabs(site)
        finally:
            site.stop()


def first_steps() -> None:
    with tempfile.TemporaryDirectory() as folder, valkey_at(Path(folder) / "bench.sock") as redis:
        home = Path(folder)
        environment = {"DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": folder, "REDIS_URL": redis}
        os.environ.update(environment)
        ours, bare = home / "ours", home / "bare"
        with watched("worker", ours), watched(BARE, bare):
            submit, enqueue = _askers()
            for _ in range(3):  # the model is loaded, the prompt is encoded, and everything is imported
                _seconds(submit, ours, patience=300)
                _seconds(enqueue, bare, patience=300)
            pairs = [(_seconds(submit, ours), _seconds(enqueue, bare)) for _ in range(JOBS)]
    print(f"{'to the first step':24} {'p50':>9} {'p99':>9}")
    rows = dict(zip(("ours", "RQ's SimpleWorker alone"), zip(*pairs, strict=True), strict=True))
    for name, seconds in rows.items():
        print(f"{name:24} {_ms(statistics.median(seconds))} {_ms(_p99(seconds))}")
    print(f"{'ratio of the medians':24} {statistics.median(rows['ours']) / statistics.median(rows[name]):9.1f}")


def _askers() -> tuple[Callable[[], None], Callable[[], None]]:
    """What submits one generation and waits until it has ended afterwards; what enqueues one bare job."""
    import django

    django.setup()
    import rq
    from django.conf import settings
    from django.contrib.auth.models import User
    from redis import Redis

    from generation import ledger
    from generation.models import FINAL_STATES, Generation
    from generation.request import parse

    anna = User.objects.create_user("anna")
    request = parse(SMALL)
    queue = rq.Queue(BARE, connection=Redis.from_url(settings.REDIS_URL))

    def submit() -> None:
        wait_until(lambda: not Generation.objects.exclude(state__in=FINAL_STATES).exists(), pause=0.005)
        time.sleep(0.02)  # the worker is idle again
        _begin()
        ledger.submit(anna, request)

    def enqueue() -> None:
        _begin()
        queue.enqueue("tests.bench._watched.note", result_ttl=0)

    return submit, enqueue


_began = [0.0]


def _begin() -> None:
    _began[0] = time.time()


def _seconds(ask: Callable[[], None], moments: Path, patience: float = 60) -> float:
    """From the asking to the moment that the process notes."""
    known = len(_noted(moments))
    ask()
    wait_until(lambda: len(_noted(moments)) > known, patience, pause=0.002)
    return _noted(moments)[-1] - _began[0]


def _noted(moments: Path) -> list[float]:
    return [float(line) for line in moments.read_text().splitlines()] if moments.exists() else []


@contextmanager
def watched(kind: str, moments: Path) -> Iterator[None]:
    if kind != BARE:
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], check=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench._watched", kind],
        env={**os.environ, "BENCH_MOMENTS": str(moments)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def claims() -> None:
    print(f"\n{'claims':12} {'waiting':>8} {'claims/s':>9} {'p50':>9} {'p99':>9} {'x shortest':>10}")
    for name in ("SQLite", *(["PostgreSQL"] if programs() else [])):
        with tempfile.TemporaryDirectory() as home, postgres() if name == "PostgreSQL" else nullcontext() as server:
            answer = subprocess.run(
                [sys.executable, "-m", "tests.bench._claims"],
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "mediagen_site.settings",
                    "MEDIAGEN_HOME": home,
                    "DATABASE_URL": server.url if server else "",
                },
                stdout=subprocess.PIPE,
                check=True,
            )
        measured = json.loads(answer.stdout)
        shortest = measured[str(_claims.ROWS[0])][1]
        for rows, (rate, median, p99) in measured.items():
            print(f"{name:12} {rows:>8} {rate:9.0f} {_ms(median)} {_ms(p99)} {median / shortest:10.2f}")


def submits(site: Site) -> None:
    """People who press the button as fast as they are answered."""
    until = time.monotonic() + SUBMIT_SECONDS

    def press(_number: int) -> tuple[int, int]:
        done = wrong = 0
        with requests.Session() as session:
            session.cookies.update(site.client.cookies)
            headers = {"X-CSRFToken": session.cookies["csrftoken"], "Referer": site.url}
            while time.monotonic() < until:
                answer = session.post(
                    site.url + "/generate/", SMALL, headers=headers, allow_redirects=False, timeout=60
                )
                done, wrong = done + (answer.status_code == 303), wrong + (answer.status_code != 303)
        return done, wrong

    with ThreadPoolExecutor(SUBMITTING) as people:
        counts = list(people.map(press, range(SUBMITTING)))
    done, wrong = (sum(column) for column in zip(*counts, strict=True))
    print(f"\nsubmits through the web: {done / SUBMIT_SECONDS:.0f}/s of {SUBMITTING} people, {wrong} errors")


def tabs(site: Site) -> None:
    path = site.generate(SMALL)
    answers = poll(f"{site.url}{path}card/", dict(site.client.cookies), TABS, EVERY, POLL_SECONDS)
    good = [answer for answer in answers if answer is not None]
    print(
        f"{TABS} open tabs, each every {EVERY:.0f} s: {len(good)} answers, {len(answers) - len(good)} errors,"
        f" p50 {_ms(statistics.median(good))}, p99 {_ms(_p99(good))}"
    )


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:6.1f} ms"
