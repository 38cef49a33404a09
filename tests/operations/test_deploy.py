"""What deploy/ and its guide say fits what is there."""

import re
import shutil
import subprocess

import pytest

from tests.site import ROOT

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "deploy.md"
OURS = re.compile(r"MEDIAGEN_[A-Z_]+[A-Z]|DATABASE_URL|REDIS_URL")
UNITS = sorted((DEPLOY / "systemd").iterdir())


@pytest.mark.parametrize("path", [GUIDE, *(path for path in DEPLOY.rglob("*") if path.is_file())], ids=lambda p: p.name)
def test_every_variable_is_one_that_is_read(path):
    known = set(OURS.findall((ROOT / ".env.example").read_text()))
    assert set(OURS.findall(path.read_text())) - known == set()


def test_every_file_that_the_guide_links_is_there():
    links = re.findall(r"\]\((?!#)([^)]+)\)", GUIDE.read_text())
    assert links
    assert [link for link in links if not (GUIDE.parent / link).exists()] == []


def test_every_metric_of_the_guide_and_the_alerts_is_told():
    told = (ROOT / "mediagen_site" / "metrics.py").read_text()
    for path in (GUIDE, DEPLOY / "prometheus" / "mediagen-alerts.yml"):
        for name in re.findall(r"mediagen_([a-z_]+?)(?:_total)?\b", path.read_text()):
            assert f'"{name}"' in told, f"{name} in {path.name}"


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_units_start_commands_that_exist(unit):
    commands = re.findall(r"manage\.py (\w+)", unit.read_text())
    ours = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {"migrate", "collectstatic"}
    assert commands
    assert set(commands) <= ours


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="wants systemd-analyze")
def test_systemd_understands_the_units(tmp_path):
    for unit in UNITS:
        text = unit.read_text().replace("/opt/mediagen/.venv/bin/python", shutil.which("true") or "")
        (tmp_path / unit.name).write_text(text)
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    checked = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    complaints = [line for line in checked.stderr.splitlines() if any(unit.name in line for unit in UNITS)]
    assert complaints == []
