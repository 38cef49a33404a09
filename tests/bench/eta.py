"""How promises of an end hold, on simulated days: the columns are explained in `_promising`."""

import os
import subprocess
import sys
import tempfile


def main() -> None:
    """In a process of its own, for what promises are made of stands beside the ledger's tables."""
    with tempfile.TemporaryDirectory() as home:
        script = [
            sys.executable,
            "manage.py",
            "shell",
            "-v",
            "0",
            "-c",
            "from tests.bench import _promising as it; it.main()",
        ]
        subprocess.run(script, env={**os.environ, "MEDIAGEN_HOME": home}, check=True)
