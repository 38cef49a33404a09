"""A real PostgreSQL for tests, in a folder and on a socket of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import psycopg

from .site import ROOT, free_port

SERVERS = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"


def programs() -> Path | None:
    """Where Debian keeps the newest server's programs; None where there is none."""
    return max(SERVERS.glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)


class Postgres:
    """A server that can be stopped and started again. It keeps nothing that is worth forcing to the disk.

    A home in which one has run before is taken up again. `addresses` are those on which it listens beside its socket,
    by PostgreSQL's `listen_addresses`.
    """

    def __init__(self, home: Path, addresses: str) -> None:
        folder = programs()
        assert folder is not None, "PostgreSQL is not installed"
        self._programs, self._home, self._addresses = folder, home, addresses
        self._data, self._port = home / "data", free_port()
        self._copies = count(1)
        # The server refuses to run as root; its own account has to reach the folder.
        self._account: dict[str, Any] = (
            {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        if self._account:
            shutil.chown(home, ACCOUNT, ACCOUNT)
        if not self._data.exists():
            self._run("initdb", "--no-sync", "--auth=trust", f"--username={ACCOUNT}")
            with (self._data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all samenet trust\n")

    @property
    def url(self) -> str:
        """Of an empty database, over the socket."""
        return self.url_at(self._socket)

    def url_at(self, host: str, database: str = ACCOUNT) -> str:
        return f"postgres://{ACCOUNT}@{host}:{self._port}/{database}"

    def with_tables(self) -> str:
        """The URL of a new database with all tables, empty: a copy of one where they were laid once."""
        name = f"copy_{next(self._copies)}"
        self._ask(f"CREATE DATABASE {name} TEMPLATE {self._laid}")
        return self.url_at(self._socket, name)

    @cached_property
    def _laid(self) -> str:
        """The name of a database to which nobody is connected, with all tables."""
        name = "laid"
        self._ask(f"CREATE DATABASE {name}")
        with TemporaryDirectory() as home:
            own = {"DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": home}
            environment = {**os.environ, **own, "DATABASE_URL": self.url_at(self._socket, name)}
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
        return name

    @property
    def _socket(self) -> str:
        return quote(str(self._home), safe="")

    def _ask(self, statement: str) -> None:
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        options = f"-k {self._home} -p {self._port} -c listen_addresses='{self._addresses}' -c fsync=off"
        self._run("pg_ctl", "start", "-w", "-l", str(self._home / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """`fast` closes open connections, `immediate` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def _run(self, program: str, *words: str) -> None:
        command = [self._programs / program, "-D", self._data, *words]
        # To nowhere: the server inherits what it is given, and a pipe would be read until it ends.
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(command, check=True, cwd=self._home, **quiet, **self._account)


@contextmanager
def postgres(addresses: str = "", home: Path | None = None) -> Iterator[Postgres]:
    """One that runs meanwhile; in a home that is given, it keeps what it has."""
    with TemporaryDirectory(prefix="mg-pg-", dir="/tmp") as passing:  # the kernel wants a short path
        server = Postgres(home or Path(passing), addresses)
        server.start()
        try:
            yield server
        finally:
            server.stop()
