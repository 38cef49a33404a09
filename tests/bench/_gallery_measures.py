"""A script: what the pages of a gallery of so many rows cost, by the real application, beside SQL for the same rows.

Prints JSON: for each page its seconds, its size gzipped, and how long its queries take together, beside the raw SQL.
"""

import gzip
import io
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from ._gallery_pages import Page, Statement

TIMES = 300
COMPARED = 60
WARM = 5


@dataclass
class Measured:
    """Seconds of an answer; medians of the seconds that its queries take together, and the raw SQL for its rows."""

    name: str
    p50: float
    p99: float
    gzipped: int
    queries: int
    asking: float
    raw: float


def main(rows: int) -> None:
    from django.core.management import call_command

    from ._gallery_rows import fill

    fill(rows)
    call_command("collectstatic", verbosity=0, interactive=False)
    from ._gallery_pages import pages

    site, found = Site(), []
    for page in pages():
        found.append(asdict(measure(site, page)))
    print(json.dumps(found))


class Site:
    """The WSGI application, called as a server calls it, for somebody who is signed in."""

    def __init__(self) -> None:
        from django.test import Client

        from mediagen_site.wsgi import application

        from ._gallery_pages import person

        client = Client()
        client.force_login(person())
        self.application = application
        self.cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def get(self, path: str) -> bytes:
        place, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": place,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_COOKIE": self.cookie,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        status: list[str] = []

        def start(line: str, headers: object, failure: object = None) -> Callable[[bytes], object]:
            status.append(line)
            return lambda _bytes: None

        answer = self.application(environ, start)
        body = b"".join(answer)
        answer.close()
        if not status[0].startswith("200"):
            raise RuntimeError(f"{path}: {status[0]}")
        return body


def measure(site: Site, page: "Page") -> Measured:
    chance = random.Random(1)
    samples = [chance.choice(page.samples) for _ in range(TIMES)]
    for path, _raw in samples[:WARM]:
        body = site.get(path)
    answers = [_timed(partial(site.get, path)) for path, _raw in samples]
    asked = [(_queries(site, path), raw) for path, raw in samples[:COMPARED]]
    asking = [_timed(partial(_read, found)) for found, _raw in asked]
    raw = [_timed(partial(_read, raw)) for _found, raw in asked]
    gzipped = len(gzip.compress(body, 6))
    return Measured(
        page.name,
        statistics.median(answers),
        statistics.quantiles(answers, n=100)[98],
        gzipped,
        max(len(found) for found, _raw in asked),
        statistics.median(asking),
        statistics.median(raw),
    )


def _queries(site: Site, path: str) -> list["Statement"]:
    """What this page asks the database."""
    from django.db import connection

    found = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        site.get(path)
    return [(sql, params) for sql, params in found if sql.startswith("SELECT") or sql.startswith("WITH")]


def _read(statements: Sequence["Statement"]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            cursor.fetchall()


def _timed(act: Callable[[], Any]) -> float:
    since = time.perf_counter()
    act()
    return time.perf_counter() - since


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
