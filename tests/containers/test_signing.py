"""Whatever makes something here signs it where the operator wants it, and the output's page says so."""

import hashlib
import json
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management import call_command

from gallery import services
from generation.models import Generation
from generation.signing import signed
from tests.containers.test_credentials import read
from tests.gallery.conftest import ask, painted


def test_what_is_stored_is_the_signed_file_and_its_page_says_so(settings, tmp_path, media, person: User, client_of):
    settings.C2PA, settings.MEDIAGEN_HOME = True, tmp_path
    result = painted(tmp_path)
    result.receipt["model"] = "pony"
    result = signed(result)
    asked: Generation = ask(person)
    output = services.store(result, owner_id=person.pk, generation_id=asked.pk, parameters=asked.parameters, demo=True)
    with output.file.open() as file:
        content = file.read()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (output.sha256, output.bytes)
    (tmp_path / "kept.png").write_bytes(content)
    assert read(tmp_path / "kept.png", "png", tmp_path / "credentials")["validation_state"] == "Trusted"
    page = client_of(person).get(f"/gallery/{output.pk}/")
    assert "Content Credentials" in page.content.decode()
    assert "signed by this site" in page.content.decode()


def test_the_command_line_signs_what_it_makes_itself(settings, tmp_path, capsys):
    settings.C2PA, settings.MEDIAGEN_HOME = True, tmp_path
    small = ["steps=10", "width=512", "height=512"]
    call_command("generate", model="pony", mode="text2image", prompt="a teapot", set=small, out=tmp_path, json=True)
    told = json.loads(capsys.readouterr().out)
    file = Path(told["file"])
    assert told["receipt"]["content_credentials"]
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert read(file, "png", tmp_path / "credentials")["validation_state"] == "Trusted"


def test_nothing_is_signed_unless_it_is_set(settings, tmp_path):
    settings.C2PA, settings.MEDIAGEN_HOME = False, tmp_path / "home"
    result = painted(tmp_path)
    assert signed(result) is result
    assert not (tmp_path / "home").exists()


def test_a_webm_stays_as_it_is(settings, tmp_path):
    settings.C2PA, settings.MEDIAGEN_HOME = True, tmp_path / "home"
    result = painted(tmp_path)
    webm = result.path.rename(result.path.with_suffix(".webm"))
    result = type(result)(**{**vars(result), "path": webm})
    assert signed(result) is result
