"""A real PostgreSQL for tests, on a socket of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from .waiting import wait_until

SERVERS = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"


def programs() -> Path | None:
    """Where Debian keeps the newest server's programs; None where there is none."""
    return max(SERVERS.glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database. Nothing is kept, so nothing is forced to the disk."""
    folder = programs()
    assert folder is not None, "PostgreSQL is not installed"
    # The server refuses to run as root; its own account has to reach the folder, and the kernel wants a short path.
    account: dict[str, Any] = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
    with TemporaryDirectory(prefix="mg-pg-", dir="/tmp") as home:
        if account:
            shutil.chown(home, ACCOUNT, ACCOUNT)
        data = Path(home) / "data"
        options = ["--no-sync", "--auth=trust", f"--username={ACCOUNT}", f"--pgdata={data}"]
        subprocess.run([folder / "initdb", *options], check=True, capture_output=True, cwd=home, **account)
        server = subprocess.Popen(
            [folder / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=home,
            **account,
        )
        try:
            wait_until(lambda: subprocess.run([folder / "pg_isready", "-q", "-h", home]).returncode == 0)
            yield f"postgres://{ACCOUNT}@{quote(home, safe='')}/{ACCOUNT}"
        finally:
            server.send_signal(2)  # fast: open connections are closed
            server.wait(30)
