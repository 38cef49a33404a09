"""What the queue costs: from the submit to the first denoising step, claims however long it is, submits, open tabs.

The first is measured on an idle worker with the model warm and the prompt encoded, from before the row is written to
before the denoiser is first called, in turn with RQ's SimpleWorker alone: from the enqueue to the job's first line.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import requests

from tests.postgres import postgres, programs
from tests.site import Site

from . import _claims
from ._first_steps import SMALL
from ._tabs import poll

SUBMITTING = 4
SUBMIT_SECONDS = 5.0
TABS, EVERY, POLL_SECONDS = 500, 2.0, 12.0


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
    measured = _script("tests.bench._first_steps")
    print(f"{'to the first step':24} {'p50':>9} {'p99':>9}")
    for name, key in (("ours", "ours"), ("RQ's SimpleWorker alone", "bare")):
        print(f"{name:24} {_ms(statistics.median(measured[key]))} {_ms(_p99(measured[key]))}")
    ratio = statistics.median(measured["ours"]) / statistics.median(measured["bare"])
    print(f"{'ratio of the medians':24} {ratio:9.1f}")


def claims() -> None:
    print(f"\n{'claims':12} {'waiting':>8} {'claims/s':>9} {'p50':>9} {'p99':>9} {'x shortest':>10}")
    for name in ("SQLite", *(["PostgreSQL"] if programs() else [])):
        with tempfile.TemporaryDirectory() as home, postgres() if name == "PostgreSQL" else nullcontext() as server:
            measured = _script("tests.bench._claims", MEDIAGEN_HOME=home, DATABASE_URL=server.url if server else "")
        shortest = measured[str(_claims.ROWS[0])][1]
        for rows, (rate, median, p99) in measured.items():
            print(f"{name:12} {rows:>8} {rate:9.0f} {_ms(median)} {_ms(p99)} {median / shortest:10.2f}")


def _script(module: str, **environment: str) -> dict[str, Any]:
    """What a script tells. It has a process of its own because Django reads its settings once."""
    known = {**os.environ, "DJANGO_SETTINGS_MODULE": "mediagen_site.settings", **environment}
    answer = subprocess.run([sys.executable, "-m", module], env=known, stdout=subprocess.PIPE, check=True)
    return json.loads(answer.stdout)


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
    """Each asks for a card that waits, naming the version that it has, as the page's script does."""
    card = f"{site.url}{site.generate(SMALL)}card/"
    version = re.search(r"card/\?(v=[^\"]+)", site.client.get(card, headers={"HX-Request": "true"}).text)
    assert version
    answers = poll(f"{card}?{version[1]}", dict(site.client.cookies), TABS, EVERY, POLL_SECONDS)
    good = [answer for answer in answers if answer is not None]
    print(
        f"{TABS} open tabs, each every {EVERY:.0f} s: {len(good)} answers, {len(answers) - len(good)} errors,"
        f" p50 {_ms(statistics.median(good))}, p99 {_ms(_p99(good))}"
    )


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:6.1f} ms"
