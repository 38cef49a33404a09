"""A script: several worker processes claim what waits, in the database of the environment, and tell who got what."""

import json
import multiprocessing
import os
import sys
import time

import django

WORKERS = 3
PEOPLE = 5
EACH = 12
LIMITED = 1
"""This person may have so many running at once."""


def fill() -> None:
    from django.contrib.auth.models import User

    from generation import ledger
    from generation.models import Generation, Share

    people = [User.objects.create(username=f"person-{number}") for number in range(PEOPLE)]
    Share.objects.create(owner=people[0], max_running=LIMITED)
    Generation.objects.bulk_create(
        Generation(owner=owner, parameters={}, model=model, mode="text2image", estimated_seconds=10)
        for owner in people
        for model in ("pony", "flux")
        for _ in range(EACH // 2)
    )
    ledger.mend_turns()


def work_off(name: str, start: float) -> list[tuple[str, int, int]]:
    """Claims until nothing is left; of each claim the generation and how many of its owner's ran then."""
    from django.utils import timezone

    from generation import ledger
    from generation.models import Generation, State, Worker

    now = timezone.now()
    worker = Worker.objects.create(
        name=name, hostname="here", pid=os.getpid(), device="cpu", started_at=now, seen_at=now
    )
    time.sleep(max(0.0, start - time.time()))
    claimed = []
    while Generation.objects.filter(state=State.QUEUED).exists():
        if generation := ledger.claim(worker):
            running = Generation.objects.filter(state=State.RUNNING, owner_id=generation.owner_id).count()
            claimed.append((str(generation.pk), generation.owner_id, running))
            ledger.finish(generation)
    return claimed


def main() -> None:
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    fill()
    connections.close_all()
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        start = time.time() + 0.3
        claims = pool.starmap(work_off, [(f"worker-{number}", start) for number in range(WORKERS)])
    json.dump(claims, sys.stdout)


if __name__ == "__main__":
    django.setup()
    main()
