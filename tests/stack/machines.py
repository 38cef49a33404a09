"""Machines that share nothing but a network: each has its own home, and its own network where this one can give it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.site import ROOT


@dataclass(frozen=True)
class Machine:
    """Where a worker lives. `gateway` is the address of this machine as seen from there."""

    home: Path
    gateway: str
    prefix: tuple[str, ...] = ()

    @contextmanager
    def running(self, *words: str, environment: dict[str, str]) -> Iterator[Path]:
        """`manage.py words` while the block runs, and the file that it logs to."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("MEDIAGEN_", "AWS_"))}
        own |= {"DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": str(self.home), **environment}
        path = self.home.with_suffix(".log")
        with path.open("wb") as log:
            command = [*self.prefix, sys.executable, "manage.py", *words]
            process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=log, stderr=log)
        try:
            yield path
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def machine(home: Path, number: int) -> Iterator[Machine]:
    """In a network namespace of its own where we may make one, behind one cable to here; else on this network."""
    name, inside, outside = f"mediagen-{os.getpid()}-{number}", f"mgi{number}", f"mgo{number}"
    if not _may_make_networks(name):
        yield Machine(home, "127.0.0.1")
        return
    try:
        _ip(f"link add {outside} type veth peer name {inside} netns {name}")
        _ip(f"address add 10.213.{number}.1/30 dev {outside}")
        _ip(f"link set {outside} up")
        _ip(f"-n {name} address add 10.213.{number}.2/30 dev {inside}")
        _ip(f"-n {name} link set {inside} up")
        yield Machine(home, f"10.213.{number}.1", ("ip", "netns", "exec", name))
    finally:
        _ip(f"netns delete {name}")


def _may_make_networks(name: str) -> bool:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    return subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)
