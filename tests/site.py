"""A whole MediaGen in processes of its own, driven over HTTP as a browser without JavaScript would."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from .waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
FINAL = {"succeeded", "failed", "cancelled"}


class Site:
    """The process that `manage.py up` runs in, and a signed-in client."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MEDIAGEN_")},
            "DJANGO_SETTINGS_MODULE": "mediagen_site.settings",
            "MEDIAGEN_HOME": str(home),
            "MEDIAGEN_PORT": str(self.port),
            "MEDIAGEN_DEMO": "1",
            **environment,
        }
        self.process: subprocess.Popen[str] | None = None
        self.client = requests.Session()

    def start(self) -> str:
        """The ready line."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "is ready at" in line:
                return line.strip()
        raise AssertionError(f"MediaGen did not start: {''.join(said)}")

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(signal_number)
        status = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return status

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=check,
        )

    def sign_in(self, name: str = "demo", password: str = "demo") -> None:
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", {"login": name, "password": password})
        assert answer.status_code == 302, answer.text

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.client.get(self.url + path, timeout=30, allow_redirects=False, **options)

    def post(self, path: str, data: Mapping[str, Any], files: Any = None) -> requests.Response:
        headers = {"X-CSRFToken": self.client.cookies.get("csrftoken", ""), "Referer": self.url}
        return self.client.post(
            self.url + path, data=data, files=files, headers=headers, timeout=30, allow_redirects=False
        )

    def generate(self, fields: Mapping[str, Any], files: Any = None) -> str:
        """Submit; the path of the generation."""
        answer = self.post("/generate/", fields, files)
        assert answer.status_code == 303, (answer.status_code, messages(answer.text))
        return str(answer.headers["location"])

    def json(self, path: str) -> dict[str, Any]:
        answer = self.get(path.rstrip("/") + ".json")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finished(self, path: str, seconds: float = 120) -> dict[str, Any]:
        return wait_until(lambda: (row := self.json(path))["state"] in FINAL and row, seconds, pause=0.2)

    def workers(self) -> list[int]:
        """The process ids of the live workers."""
        found = subprocess.run(["pgrep", "-f", "manage.py worker"], capture_output=True, text=True)
        return [pid for pid in map(int, found.stdout.split()) if self._is_mine(pid)]

    def _is_mine(self, pid: int) -> bool:
        try:
            return f"MEDIAGEN_HOME={self.home}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def messages(page: str) -> list[str]:
    return re.findall(r'class="[^"]*error[^"]*"[^>]*>(.*?)<', page, re.S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_site(home: Path, **environment: str) -> Iterator[Site]:
    site = Site(home, **environment)
    try:
        site.start()
        site.sign_in()
        yield site
    finally:
        site.stop()
        site.client.close()
