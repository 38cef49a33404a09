"""Processes to be measured: the real worker with a clock at its denoiser, and RQ's SimpleWorker with nothing around it.

    python -m tests.bench._watched worker FILE | plain

Both append the moments, in seconds since 1970, to what the bench reads.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import django

BARE = "bare"


def note() -> None:
    """What the bare job does: say when it ran."""
    with Path(os.environ["BENCH_MOMENTS"]).open("a") as file:
        file.write(f"{time.time()}\n")


def watch_denoiser() -> None:
    """Note the moment of each generation's first call of the denoiser, before it computes."""
    from generation.engine.residency import Residency

    get, watched = Residency.get, set[int]()

    def get_and_watch(self: Residency, weights: Any) -> Any:
        pipe = get(self, weights)
        if id(pipe) not in watched:
            watched.add(id(pipe))
            pipe.unet.register_forward_pre_hook(_First())
        return pipe

    Residency.get = get_and_watch


class _First:
    """Told of every call: the first after a pause of the queue is a generation's first step."""

    def __init__(self) -> None:
        self.generation: object = None

    def __call__(self, *_: Any) -> None:
        from generation import tasks

        assert tasks._desk is not None
        if self.generation is not tasks._desk.current:
            self.generation = tasks._desk.current
            note()


def main() -> None:
    django.setup()
    if sys.argv[1] == BARE:
        from django.conf import settings
        from redis import Redis
        from rq import SimpleWorker

        connection = Redis.from_url(settings.REDIS_URL)
        SimpleWorker([BARE], connection=connection).work(logging_level="ERROR")
    else:
        from django.core.management import call_command

        watch_denoiser()
        call_command("worker")


if __name__ == "__main__":
    main()
