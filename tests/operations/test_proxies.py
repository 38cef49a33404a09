"""The proxies of deploy/ in front of a real server: what MediaGen lets go, they send, as MediaGen would have."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from django.urls import reverse

from tests.gallery.conftest import ada, bob, keep
from tests.site import ROOT, free_port
from tests.waiting import wait_until

__all__ = ["ada", "bob", "keep"]

SAID = (
    *("Content-Type", "Content-Length", "Content-Disposition", "Cache-Control", "ETag", "Last-Modified"),
    *("Content-Security-Policy", "Cross-Origin-Resource-Policy", "X-Content-Type-Options", "Referrer-Policy"),
)


def nginx(folder: Path, media: Path, upstream: str, port: int) -> list[str]:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    server = re.sub(r"server \{.*?\n\}\n", "", text, count=1, flags=re.DOTALL)  # the one that redirects to https
    server = re.sub(r"\n    (listen|ssl_certificate|ssl_certificate_key) .*", "", server)
    server = server.replace("server {", f"server {{\n    listen 127.0.0.1:{port};")
    server = server.replace("127.0.0.1:8000", upstream).replace("/var/lib/mediagen/media", str(media))
    written = [f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    account = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{account} daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;"
        f"events {{}} http {{ include /etc/nginx/mime.types; access_log off; {' '.join(written)} {server} }}"
    )
    return ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error")]


def caddy(folder: Path, media: Path, upstream: str, port: int) -> list[str]:
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    text = text.replace("pictures.example.org", f"http://127.0.0.1:{port}").replace("127.0.0.1:8000", upstream)
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text.replace("/var/lib/mediagen/media", str(media)))
    return ["caddy", "run", "--config", str(folder / "Caddyfile")]


@contextmanager
def running(proxy, folder: Path, media: Path, upstream: str) -> Iterator[str]:
    port = free_port()
    command = proxy(folder, media, upstream, port)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(url))
        yield url
    finally:
        process.terminate()
        process.wait()


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code < 500
    except requests.ConnectionError:
        return False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_the_proxy_sends_the_file_and_says_of_it_what_mediagen_says(
    live_server, settings, tmp_path, media, ada, bob, keep, proxy
):
    if shutil.which(proxy.__name__) is None:
        pytest.skip(f"wants {proxy.__name__}")
    output = keep(ada)
    hers, his = signed_in(ada), signed_in(bob)
    path = reverse("output_file", args=[output.pk])
    plain = hers.get(live_server.url + path, timeout=10)
    settings.SENDFILE = "nginx"
    with running(proxy, tmp_path, media, urlsplit(live_server.url).netloc) as url:
        whole = hers.get(url + path, timeout=10)
        assert (whole.status_code, whole.content) == (200, plain.content)
        said = set(SAID) - ({"ETag"} if proxy is caddy else set())  # Caddy has tags of its own
        assert {name: whole.headers.get(name) for name in said} == {name: plain.headers.get(name) for name in said}
        assert "X-Accel-Redirect" not in whole.headers

        tag = whole.headers["ETag"]
        part = hers.get(url + path, headers={"Range": "bytes=5-14", "If-Range": tag}, timeout=10)
        assert (part.status_code, part.content) == (206, plain.content[5:15])
        changed = hers.get(url + path, headers={"Range": "bytes=5-14", "If-Range": '"another"'}, timeout=10)
        assert changed.status_code == 200
        known = hers.get(url + path, headers={"If-None-Match": tag}, timeout=10)
        assert known.status_code == 304
        head = hers.head(url + path, timeout=10)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(output.bytes))

        assert his.get(url + path, timeout=10).status_code == 404
        assert requests.get(f"{url}/_kept/{output.file.name}", timeout=10, allow_redirects=False).status_code == 404
        (media / output.file.name).unlink()
        assert hers.get(url + path, timeout=10).status_code == 404


def signed_in(user) -> requests.Session:
    client = Client()
    client.force_login(user)
    session = requests.Session()
    session.cookies.update({name: morsel.value for name, morsel in client.cookies.items()})
    session.headers["Accept-Encoding"] = "identity"
    return session
