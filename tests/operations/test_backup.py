"""A site goes into one archive while it runs, and comes back elsewhere as it was."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections

from generation.models import Generation, Share
from mediagen_site import backup, env
from mediagen_site.backup.archive import Damaged, unpack, writing
from tests.conftest import png_bytes
from tests.site import ROOT

SERVED = """
import hashlib, json
from django.contrib.auth.models import User
from django.test import Client
from gallery.models import Output
from generation.models import Generation
client = Client()
client.force_login(User.objects.get(username="mira"))
def digest(path):
    answer = client.get(path, headers={"host": "localhost"})
    assert answer.status_code == 200, (path, answer.status_code)
    return hashlib.sha256(b"".join(answer)).hexdigest()
pages = "file", "poster"
files = {str(row.pk): [digest(f"/gallery/{row.pk}/{page}") for page in pages] for row in Output.objects.all()}
rows = sorted([str(row.pk), row.state, row.parameters] for row in Generation.objects.all())
print("FOUND " + json.dumps([files, rows]))
"""


@pytest.fixture
def archive(tmp_path) -> Path:
    return tmp_path / "site.tar"


@pytest.fixture
def elsewhere(tmp_path):
    """Runs manage.py in a home of its own."""

    def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MEDIAGEN_")}
        own = {"DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": str(tmp_path / "new")}
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        done = subprocess.run(command, env=kept | own | environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done

    return manage


def here(*outputs) -> list[object]:
    """What a site with these outputs serves, and its queue."""
    files = {
        str(output.pk): [
            hashlib.sha256(Path(file.path).read_bytes()).hexdigest() for file in (output.file, output.poster)
        ]
        for output in outputs
    }
    rows = sorted([str(row.pk), row.state, row.parameters] for row in Generation.objects.all())
    return json.loads(json.dumps([files, rows]))


sqlite_only = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="takes the place of a file")


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_site_comes_back_with_its_files_and_its_queue(archive, elsewhere, person, ask, make, tmp_path):
    stays, also_stays, gone = (make(person, content=png_bytes((width, 40))) for width in (40, 80, 60))
    ask(person)
    Share.objects.update_or_create(owner=person, defaults={"weight": 3})
    Path(gone.file.path).unlink()  # as if its owner had deleted it while the files were read
    call_command("backup", str(archive), "--secret-key")
    assert archive.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="There is a site here already"):
        backup.restore(archive, force=False)

    said = elsewhere("restore", str(archive)).stdout
    assert "with 5 files" in said
    assert "1 of its rows" in said
    assert "What was here" not in said
    found = elsewhere("shell", "-c", SERVED).stdout.partition("FOUND ")[2]
    assert json.loads(found) == here(stays, also_stays)

    assert "What was here before" in elsewhere("restore", str(archive), "--force").stdout
    (aside,) = (tmp_path / "new").glob("before-restore-*")
    assert {entry.name for entry in aside.iterdir()} >= {"mediagen.sqlite3", "files"}


BEFORE_AND_AFTER = """
from django.contrib.auth.models import User
from django.core.management import call_command
from generation import ledger
from generation.request import parse
mira = User.objects.create_user("mira")
ledger.submit(mira, parse({{"model": "pony", "mode": "text2image", "prompt": "a teapot"}}))
call_command("backup", {archive!r})
User.objects.create_user("later")
"""


def test_a_postgresql_comes_back_as_it_was(postgresql, archive, elsewhere):
    url = postgresql.with_tables()
    elsewhere("shell", "-c", BEFORE_AND_AFTER.format(archive=str(archive)), DATABASE_URL=url)
    elsewhere("restore", str(archive), "--force", DATABASE_URL=url)
    with closing(psycopg.connect(url)) as database:
        people = database.execute("SELECT username FROM auth_user").fetchall()
        queue = database.execute("SELECT state, model FROM generation_generation").fetchall()
    assert people == [("mira",)]
    assert queue == [("queued", "pony")]


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_the_copy_is_of_one_moment(archive, media, tmp_path):
    """Accounts are made in pairs all the while: an archive never holds half a pair."""
    done = threading.Event()

    def make_pairs() -> None:
        number = 0
        while not done.is_set():
            User.objects.bulk_create([User(username=f"{number}-{half}") for half in ("left", "right")])
            number += 1
        connections.close_all()

    writer = threading.Thread(target=make_pairs)
    writer.start()
    for number in range(5):
        backup.make(archive.with_name(f"{number}.tar"), secret_key=False)
    done.set()
    writer.join()
    for number in range(5):
        unpack(archive.with_name(f"{number}.tar"), tmp_path / str(number))
        copy = sqlite3.connect(tmp_path / str(number) / "database.sqlite3")
        ((count,),) = copy.execute("SELECT count(*) FROM auth_user").fetchall()
        copy.close()
        assert count % 2 == 0


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_what_is_in_a_bucket_stays_there(archive, settings, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MEDIAGEN_STORAGE", "s3://kept/pictures")
    settings.STORAGES = {**settings.STORAGES, "default": env.storage(tmp_path)}
    call_command("backup", str(archive))
    assert "stay in their bucket" in capsys.readouterr().out
    assert unpack(archive, tmp_path / "out") == {"manifest.json", "database.sqlite3"}


@pytest.mark.django_db(transaction=True)
def test_nobodys_archive_is_overwritten(archive, media):
    archive.write_text("mine")
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(archive))
    assert archive.read_text() == "mine"
    assert [entry.name for entry in archive.parent.iterdir() if "site" in entry.name] == ["site.tar"]


@pytest.fixture
def small(archive) -> Path:
    with writing(archive) as writer:
        writer.add_text("manifest.json", "{}")
        writer.add_text("files/outputs/ab/fox.png", "a fox dances " * 100)
    return archive


def test_an_archive_can_be_checked_without_mediagen(small, tmp_path):
    subprocess.run(["tar", "xf", str(small)], cwd=tmp_path, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)


def test_what_comes_out_is_what_went_in(small, tmp_path):
    assert unpack(small, tmp_path / "out") == {"manifest.json", "files/outputs/ab/fox.png"}
    assert (tmp_path / "out/files/outputs/ab/fox.png").read_text() == "a fox dances " * 100


def test_a_changed_byte_is_found(small, tmp_path):
    content = bytearray(small.read_bytes())
    content[content.index(b"dances")] ^= 1
    small.write_bytes(content)
    with pytest.raises(Damaged, match=r"1 of 2 files are not as they were, files/outputs/ab/fox\.png"):
        unpack(small, tmp_path / "out")


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_half_an_archive_is_none(small, tmp_path, share):
    whole = small.read_bytes().rstrip(b"\0")
    small.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(Damaged):
        unpack(small, tmp_path / "out")


def test_no_archive_writes_outside_its_folder(archive, tmp_path):
    (tmp_path / "evil").write_text("evil")
    with tarfile.open(archive, "w") as tar:
        tar.add(tmp_path / "evil", "../outside")
    with pytest.raises(Damaged):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, "cannot be restored"),
        ({"format": 2}, "Its format is 2"),
        ({"migrations": ["generation.9999_later"]}, "newer than this one: generation.9999_later"),
        ({"database": "mysql"}, "mysql database"),
        ({"files": False}, "MEDIAGEN_STORAGE"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_does_not_fit_changes_nothing(archive, media, told, reason, person):
    fitting = {
        "format": 1,
        "version": "9",
        "made_at": "",
        "database": connection.vendor,
        "files": True,
        "migrations": [],
    }
    with writing(archive) as writer:
        writer.add_text("manifest.json", json.dumps({**fitting, **told} if told else {}))
    with pytest.raises(CommandError, match=reason):
        backup.restore(archive, force=True)
    assert User.objects.get() == person
