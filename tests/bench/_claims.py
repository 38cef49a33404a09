"""A script: how long claims take in the database of the environment, at several lengths of the queue. Prints JSON."""

import json
import statistics
import sys
import time

import django

CLAIMS = 100
ROWS = (100, 10_000, 100_000)
MOST_PEOPLE = 10_000


def fill(rows: int) -> None:
    """So many waiting generations, of as many people as there may be, in all four models."""
    from django.contrib.auth.models import User

    from generation.catalogue import models
    from generation.models import Generation, Share, Turn

    for kind in (Generation, Turn, Share):
        kind.objects.all().delete()
    people = User.objects.bulk_create(User(username=f"{n} of {rows}") for n in range(min(rows, MOST_PEOPLE)))
    Share.objects.bulk_create(Share(owner=owner) for owner in people)
    asked = [(people[n % len(people)], list(models())[(n // len(people) + n) % 4]) for n in range(rows)]
    Generation.objects.bulk_create(
        (
            Generation(owner=owner, parameters={"prompt": "hills"}, model=model, mode="text2image", estimated_seconds=9)
            for owner, model in asked
        ),
        batch_size=1000,
    )
    Turn.objects.bulk_create(Turn(owner=owner, model=model, virtual_seconds=0) for owner, model in set(asked))


def measure(rows: int) -> tuple[float, float, float]:
    """Claims a second, and the median and the 99th percentile of one claim's seconds."""
    from django.db import connection
    from django.utils import timezone

    from generation import ledger
    from generation.models import Worker

    fill(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    now = timezone.now()
    worker, _ = Worker.objects.update_or_create(
        name="bench", defaults={"hostname": "here", "pid": 1, "device": "cpu", "started_at": now, "seen_at": now}
    )
    seconds = []
    for _ in range(min(CLAIMS, rows - 1)):
        began = time.perf_counter()
        generation = ledger.claim(worker)
        seconds.append(time.perf_counter() - began)
        assert generation is not None
        ledger.finish(generation)
    return len(seconds) / sum(seconds), statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]


def main() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    json.dump({rows: measure(rows) for rows in ROWS}, sys.stdout)


if __name__ == "__main__":
    django.setup()
    main()
