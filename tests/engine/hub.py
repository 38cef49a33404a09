"""A model hub in miniature: the part of its HTTP interface that downloads need, on a free port of this machine."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "c0ffee" * 6 + "cafe"


@dataclass
class Hub:
    """`repos` are folders by name; `gated` ones want a licence; `served` are the files that were asked for."""

    url: str = ""
    repos: dict[str, Path] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    served: list[str] = field(default_factory=list)


@contextmanager
def running() -> Iterator[Hub]:
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, with_body: bool) -> None:
            address = urlsplit(self.path)
            parts = unquote(address.path).strip("/").split("/")
            api = parts[:2] == ["api", "models"]
            parts = parts[2:] if api else parts
            repo, rest = "/".join(parts[:2]), parts[2:]
            if repo not in hub.repos:
                self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)
            elif api:
                listing = _tree(hub.repos[repo]) if rest[:1] == ["tree"] else _info(hub.repos[repo], repo)
                assert rest[:1] != ["tree"] or "recursive" in parse_qs(address.query)
                self._send(200, json.dumps(listing).encode(), {"Content-Type": "application/json"}, with_body)
            elif repo in hub.gated:
                self._send(403, b"{}", {"X-Error-Code": "GatedRepo"}, with_body)
            else:
                self._send_file(hub.repos[repo], "/".join(rest[2:]), with_body)

        def _send_file(self, folder: Path, name: str, with_body: bool) -> None:
            path = folder / name
            if not path.is_file():
                self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, with_body)
                return
            if with_body:
                hub.served.append(name)
            body = path.read_bytes()
            etag = f'"{hashlib.sha256(body).hexdigest()}"'
            self._send(200, body, {"ETag": etag, "X-Repo-Commit": COMMIT}, with_body)

        def _send(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at answers, not at logs."""

    return Handler


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _info(folder: Path, repo: str) -> dict[str, object]:
    return {"id": repo, "sha": COMMIT, "siblings": [{"rfilename": name} for name in _names(folder)]}


def _tree(folder: Path) -> list[dict[str, object]]:
    return [
        {"type": "file", "path": name, "size": (folder / name).stat().st_size, "oid": "0" * 40}
        for name in _names(folder)
    ]
