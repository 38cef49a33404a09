"""granian beside gunicorn (threads), the same application, machine and load: the polled page and /healthz."""

import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from tests.site import Site
from tests.waiting import wait_until

ROUNDS = 3
SECONDS = 4.0
CLIENTS = 8
PAGES = ("/healthz", "/queue/")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), MEDIAGEN_WORKERS="0")
        site.start()
        site.sign_in()
        cookies = dict(site.client.cookies)
        site.stop()
        measured: dict[tuple[str, str], list[float]] = {}
        for _ in range(ROUNDS):
            for name, command in servers(site).items():
                process = subprocess.Popen(
                    command, env=site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                wait_until(lambda: answers(site))
                for page in PAGES:
                    measured.setdefault((name, page), []).append(load(site.url + page, cookies))
                process.terminate()
                process.wait()
    print(f"{'page':10} {'granian/s':>10} {'gunicorn/s':>11} {'ratio':>6}")
    for page in PAGES:
        granian, gunicorn = (statistics.median(measured[name, page]) for name in ("granian", "gunicorn"))
        print(f"{page:10} {granian:10.0f} {gunicorn:11.0f} {granian / gunicorn:6.2f}")


def servers(site: Site) -> dict[str, list[str]]:
    application, address = "mediagen_site.wsgi:application", ("127.0.0.1", str(site.port))
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", address[0], "--port", address[1]]
    gunicorn = [sys.executable, "-m", "gunicorn", "--bind", ":".join(address), "--worker-class", "gthread"]
    return {
        "granian": [*granian, "--workers", "1", "--blocking-threads", "8", "--no-ws", application],
        "gunicorn": [*gunicorn, "--workers", "1", "--threads", "8", application],
    }


def answers(site: Site) -> bool:
    try:
        return requests.get(site.url + "/healthz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def load(url: str, cookies: dict[str, str]) -> float:
    """Answers a second to CLIENTS clients that ask again as soon as they are answered."""
    with multiprocessing.get_context("spawn").Pool(CLIENTS) as clients:
        return sum(clients.starmap(ask, [(url, cookies)] * CLIENTS))


def ask(url: str, cookies: dict[str, str]) -> float:
    with requests.Session() as session:
        session.cookies.update(cookies)
        session.get(url, timeout=30).raise_for_status()
        answered, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < SECONDS:
            session.get(url, timeout=30).raise_for_status()
            answered += 1
    return answered / elapsed
