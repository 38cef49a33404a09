"""Export everything, wipe, import: the same rows, files, hashes, families."""

import os
import subprocess
import sys
import zipfile

import pytest
from django.core.management import call_command

from gallery import trash
from gallery.models import Output
from generation import timing
from generation.models import Generation, ReferenceImage
from generation.request import parse
from tests.gallery.conftest import files_in
from tests.site import ROOT

from . import world


def round_trip(owner, folder) -> tuple[dict, dict]:
    """What was there before, and what is there after everything went and came back from its zip."""
    world.fill(owner, folder)
    before = world.everything(owner)
    call_command("export", user=owner.username, out=folder / "all.zip")
    world.wipe(owner)
    call_command("import", str(folder / "all.zip"), user=owner.username)
    return before, world.everything(owner)


@pytest.mark.django_db(transaction=True)
def test_everything_comes_back_as_it_was(person, other, media, tmp_path, capsys, settings, client_of):
    guessed = timing.expected(parse({"prompt": "a teapot"}))
    before, after = round_trip(person, tmp_path)
    assert len(before["outputs"]) == 9
    for part in before:
        assert after[part] == before[part], part
    files = files_in(media)
    call_command("import", str(tmp_path / "all.zip"), user=person.username)
    assert "0 brought in, 9 here already, 0 refused" in capsys.readouterr().out
    assert world.everything(person) == after
    assert files_in(media) == files
    assert "2 of 4 are here" in client_of(person).get(f"/grids/{before['grids'][0][0]}/").content.decode()
    cell = Generation.objects.get(cell=3)
    for path in ("/", "/queue/", f"/generations/{cell.pk}/", f"/generations/{cell.pk}.json"):
        assert client_of(person).get(path).status_code == 200
    assert timing.expected(cell.request) == guessed

    world.wipe(person)
    settings.SECRET_KEY = "another site's"
    call_command("import", str(tmp_path / "all.zip"), user=person.username)
    said = capsys.readouterr().out
    assert "By what the record beside the file claims" in said
    assert "--trust" in said
    around = ("family", "collections", "items", "grids", "searches")
    for said in ("0 brought in, 9 here already, 0 refused\n", "9 brought in, 0 here already, 0 refused\n"):
        call_command("import", str(tmp_path / "all.zip"), user=person.username, trust=True)
        assert capsys.readouterr().out == said
        assert [len(world.everything(person)[part]) for part in around] == [len(before[part]) for part in around]
        Output.objects.all().delete()  # as people do who are told to import once more
    world.wipe(person)
    call_command("import", str(tmp_path / "all.zip"), user=other.username, trust=True)
    assert capsys.readouterr().out == "9 brought in, 0 here already, 0 refused\n"
    restored = world.everything(other)
    for part in before:
        assert restored[part] == before[part], part


def test_what_was_thrown_away_since_is_restored(person, media, tmp_path, capsys):
    world.fill(person, tmp_path)
    call_command("export", user=person.username, out=tmp_path / "all.zip")
    before = world.everything(person)
    trash.trash(person, Output.objects.filter(type="video").values_list("pk", flat=True))
    call_command("import", str(tmp_path / "all.zip"), user=person.username)
    assert "0 brought in, 4 restored from the trash, 5 here already, 0 refused\n" in capsys.readouterr().out
    assert world.everything(person) == before  # what lay in the trash as the zip was written lies there still


@pytest.mark.django_db(transaction=True)
def test_who_vouches_later_tells_of_which_output_a_picture_was(person, media, tmp_path, settings):
    world.fill(person, tmp_path)
    (taken_from,) = Output.objects.filter(pk__in=ReferenceImage.objects.values("taken_from"))
    call_command("export", user=person.username, out=tmp_path / "all.zip")
    world.wipe(person)
    settings.SECRET_KEY = "another site's"
    call_command("import", str(tmp_path / "all.zip"), user=person.username)
    assert not ReferenceImage.objects.exclude(taken_from=None).exists()
    call_command("import", str(tmp_path / "all.zip"), user=person.username, trust=True)
    told = ReferenceImage.objects.exclude(taken_from=None).get()
    assert told.taken_from.receipt["brought_in"]["record"] == str(taken_from.pk)
    assert told.taken_from.sha256 == taken_from.sha256


def test_names_in_the_zip_are_readable_and_no_two_are_the_same(person, media, tmp_path):
    world.fill(person, tmp_path)
    call_command("export", user="mira", out=tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert len(set(names)) == len(names)
    assert sum("-pony-a-teapot-ёлка-1-" in name and name.endswith(".png") for name in names) == 2
    assert sum(name.startswith("references/") and name.endswith(".png") for name in names) == 2


ON_POSTGRESQL = """
import json
from pathlib import Path
from django.contrib.auth.models import User
from tests.bringing.test_return import round_trip
before, after = round_trip(User.objects.create_user("mira"), Path({folder!r}))
assert len(before["outputs"]) == 9
print("SAME" if before == after else json.dumps([before, after], indent=1))
"""


def test_everything_comes_back_on_postgresql(postgresql, tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEDIAGEN_")}
    own = {"DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": str(tmp_path / "home")}
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-c", ON_POSTGRESQL.format(folder=str(tmp_path))]
    environment = kept | own | {"DATABASE_URL": postgresql.with_tables()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("SAME"), done.stdout
