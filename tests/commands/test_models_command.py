"""python manage.py models: what it tells, and how it ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from generation.catalogue import get_model
from generation.engine.weights import find
from tests.engine import hub as hubs
from tests.engine import small

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def flux_folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("flux")
    small.flux().save_pretrained(place)
    return place


@pytest.fixture
def homes(settings, tmp_path):
    settings.MEDIAGEN_MODELS = tmp_path / "models"
    settings.MEDIAGEN_DEMO_MODELS = tmp_path / "demo_models"
    return settings


@pytest.fixture
def run(capsys):
    def command(*words: str) -> list[str]:
        capsys.readouterr()
        call_command("models", *words)
        return capsys.readouterr().out.splitlines()

    return command


def cells(lines: list[str]) -> dict[str, list[str]]:
    return {line.split()[0]: [cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[1:]}


def test_the_list_tells_installed_from_demo_from_missing(run, homes, flux_folder):
    assert {row[2] for row in cells(run()).values()} == {"missing"}
    shutil.copytree(flux_folder, homes.MEDIAGEN_DEMO_MODELS / "flux")
    rows = cells(run("list"))
    assert rows["flux"][1:4] == ["Flux.1 dev", "demo", "diffusers"]
    assert rows["pony"] == ["pony", "Pony V6 XL", "missing", "-", "-"]
    shutil.copytree(flux_folder, homes.MEDIAGEN_MODELS / "flux")
    assert cells(run())["flux"][2] == "installed"
    assert cells(run())["flux"][4].endswith(" MB")


def test_the_list_goes_on_past_weights_that_cannot_be_used(run, homes):
    (homes.MEDIAGEN_MODELS / "pony").mkdir(parents=True)
    (homes.MEDIAGEN_MODELS / "pony" / "pony.safetensors").write_bytes(b"")
    rows = cells(run())
    assert rows["pony"][2] == "unusable"
    assert "config" in rows["pony"][4]
    assert rows["flux"][2] == "missing"


def test_add_then_verify(run, homes, flux_folder, tmp_path):
    source = shutil.copytree(flux_folder, tmp_path / "source")
    (told,) = run("add", "flux", str(source))
    assert told.startswith(f"Flux.1 dev is installed in {homes.MEDIAGEN_MODELS / 'flux'}: diffusers, ")
    lines = run("verify", "flux")
    assert {line.split()[1] for line in lines} == {"ok"}
    assert run("verify") == lines
    (homes.MEDIAGEN_MODELS / "flux" / "vae" / "config.json").unlink()
    with pytest.raises(CommandError, match="1 file is not what was installed"):
        run("verify")


def test_verify_has_nothing_to_compare_with_for_weights_put_there_by_hand(homes, flux_folder, capsys):
    shutil.copytree(flux_folder, homes.MEDIAGEN_MODELS / "flux")
    with pytest.raises(CommandError, match="files are not what was installed"):
        call_command("models", "verify", "flux")
    assert "flux was put here by hand" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("fetch", "nothing"), "There is no model nothing. Choose one of: pony, flux, anisora, phr00t."),
        (("verify", "pony"), "No weights of pony are installed."),
        (("add", "pony", "/nowhere"), "There is no file or folder /nowhere."),
    ],
)
def test_mistakes_are_one_clear_line(words, reason, homes):
    with pytest.raises(CommandError) as told:
        call_command("models", *words)
    assert str(told.value) == reason


def test_fetch_from_a_mirror_in_a_process_of_its_own(flux_folder, tmp_path):
    """HF_ENDPOINT, the output and the exit codes as a person at a shell sees them."""
    with hubs.running() as hub:
        environment = {**os.environ, "HF_ENDPOINT": hub.url, "MEDIAGEN_HOME": str(tmp_path), "MEDIAGEN_MODELS": ""}
        environment.pop("DJANGO_SETTINGS_MODULE", None)

        def fetch() -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "manage.py", "models", "fetch", "flux"]
            return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

        refused = fetch()
        hub.repos["black-forest-labs/FLUX.1-dev"] = flux_folder
        fetched = fetch()
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[-1].endswith("or it is private: black-forest-labs/FLUX.1-dev.")
    assert fetched.returncode == 0, fetched.stderr
    assert fetched.stdout.startswith("Flux.1 dev is installed in ")
    assert find(get_model("flux"), tmp_path / "models") is not None


def test_it_lists_the_loras_of_each_model(run, homes):
    assert not any("LoRA" in line for line in run())
    for name in ("ink", "styles/Fog"):
        path = homes.MEDIAGEN_MODELS / "loras" / "pony" / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert run()[-1] == "pony  LoRA: Fog, ink"
