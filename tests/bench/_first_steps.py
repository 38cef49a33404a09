"""A script: seconds from asks to first steps, ours and bare RQ's in turn, in a home of its own. Prints JSON."""

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.valkey import valkey_at
from tests.waiting import wait_until

from ._watched import BARE

JOBS = 110
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
    with tempfile.TemporaryDirectory() as folder, valkey_at(Path(folder) / "bench.sock") as redis:
        home = Path(folder)
        os.environ |= {"DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": folder, "REDIS_URL": redis}
        ours, bare = home / "ours", home / "bare"
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], check=True)
        with watched("worker", ours), watched(BARE, bare):
            submit, enqueue = _askers()
            for _ in range(3):  # the model is loaded, the prompt is encoded, and everything is imported
                _seconds(submit, ours, patience=300)
                _seconds(enqueue, bare, patience=300)
            pairs = [(_seconds(submit, ours), _seconds(enqueue, bare)) for _ in range(JOBS)]
    json.dump({"ours": [pair[0] for pair in pairs], "bare": [pair[1] for pair in pairs]}, sys.stdout)


@contextmanager
def watched(kind: str, moments: Path) -> Iterator[None]:
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
    gc.freeze()  # as the web server does, from which people submit

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


if __name__ == "__main__":
    main()
