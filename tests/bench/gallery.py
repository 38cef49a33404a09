"""The gallery of 200 people with a million outputs (`--rows N`), on SQLite and PostgreSQL, beside one of 10,000.

For each page: the time of the whole answer through the WSGI application, signed in as whoever has most; what its
queries take together, beside the plainest SQL for the rows that it shows, in the same run; and its size as it travels.
Rows are made once and kept in CACHE.
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from tests.postgres import Postgres, postgres, programs

CACHE = Path("/var/tmp/mediagen-bench")
FEW = 10_000
AIMS = "aims: p50 ≤ 15 ms, p99 ≤ 60 ms, queries ≤ 3 × SQL, < 60 KB gzipped, as fast as with 10,000"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_known_args()[0].rows
    for name in ("SQLite", *(["PostgreSQL"] if programs() else [])):
        few, many = (measured(name, count) for count in (min(FEW, rows), rows))
        print(f"\n{name}, {rows:,} outputs ({AIMS})")
        print(
            f"{'page':16} {'p50 ms':>7} {'p99 ms':>7} {'KB':>5} {'queries':>8} {'ms':>7} {'SQL ms':>7} {'ratio':>6}"
            f" {'p50 to ' + format(FEW, ',') + '’s':>17}"
        )
        for before, now in zip(few, many, strict=True):
            print(
                f"{now['name']:16} {1000 * now['p50']:7.1f} {1000 * now['p99']:7.1f} {now['gzipped'] / 1000:5.1f}"
                f" {now['queries']:8} {1000 * now['asking']:7.2f} {1000 * now['raw']:7.2f}"
                f" {now['asking'] / now['raw']:6.1f} {now['p50'] / before['p50']:17.2f}"
            )


def measured(database: str, rows: int) -> list[dict[str, Any]]:
    """By a script in a process of its own, because Django reads its settings once."""
    home = CACHE / f"{database.lower()}-{rows}"
    home.mkdir(parents=True, exist_ok=True)
    with _server(database, home) as server:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mediagen_site.settings",
            "MEDIAGEN_HOME": str(home),
            "MEDIAGEN_DEBUG": "0",
            "MEDIAGEN_RATE_LIMITS": "search=1000000/m/user",
            "DATABASE_URL": server.url if server else "",
        }
        words = [sys.executable, "-m", "tests.bench._gallery_measures", str(rows)]
        answer = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(answer.stdout)


def _server(database: str, home: Path) -> AbstractContextManager[Postgres | None]:
    if database == "SQLite":
        return nullcontext()
    folder = home / "server"
    folder.mkdir(exist_ok=True)
    return postgres(home=folder)
