"""Content Credentials, read back by C2PA's own reader, and the AI mark, read back by ExifTool."""

import json
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import c2pa
import numpy as np
import pytest
from PIL import Image

from containers import AI_GENERATED, Embedded
from containers.credentials import FORMATS, identity, sign
from containers.stripping import strip
from gallery.services import webp
from generation.engine.media import save
from generation.reading.files import texts_in
from generation.tasks import jpeg
from tests.pages.conftest import upload

PROMPT = "a violet teapot"
STILLS, VIDEOS = ["png", "jpg"], ["mp4", "webm", "gif"]
TYPES = {"jpg": "jpeg"}


def made(path, format):
    noise = np.random.default_rng(1).integers(0, 255, (1 if format in STILLS else 6, 48, 64, 3), dtype=np.uint8)
    save(noise, path, format, 16, Embedded(text=f"{PROMPT}\nSteps: 31, Seed: 7", json=json.dumps({"prompt": PROMPT})))
    return path


def read(path, format, folder=None) -> dict:
    settings = {"verify": {"remote_manifest_fetch": False}}
    if folder:
        settings["trust"] = {"user_anchors": (folder / "authority.pem").read_text()}
    with (
        path.open("rb") as file,
        c2pa.Context.from_dict(settings) as context,
        c2pa.Reader(TYPES.get(format, format), file, context=context) as reader,
    ):
        return json.loads(reader.json())


def marks(path) -> list[str]:
    """What ExifTool finds as the digital source type, wherever it stands."""
    assert shutil.which("exiftool"), "Install libimage-exiftool-perl."
    said = subprocess.run(["exiftool", "-j", "-a", "-DigitalSourceType", path], capture_output=True, check=True)
    return [value for name, value in json.loads(said.stdout)[0].items() if name == "DigitalSourceType"]


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_a_signed_file_is_verified_and_tells_no_prompt(tmp_path, format):
    path = made(tmp_path / f"whole.{format}", format)
    sign(path, format, identity(tmp_path / "me"), model="pony", version="1.2.3")
    found = read(path, format, tmp_path / "me")
    assert found["validation_state"] == "Trusted"
    (manifest,) = found["manifests"].values()
    assert manifest["claim_generator_info"][0].items() >= {"name": "MediaGen", "version": "1.2.3"}.items()
    (actions,) = [each["data"]["actions"] for each in manifest["assertions"] if each["label"] == "c2pa.actions.v2"]
    (action,) = actions
    assert (action["action"], action["digitalSourceType"]) == ("c2pa.created", AI_GENERATED)
    assert action["softwareAgent"] == {"name": "pony"}
    assert "teapot" not in json.dumps(found)
    assert marks(path) == [AI_GENERATED]


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_who_does_not_know_the_site_finds_the_signature_whole_and_the_signer_unknown(tmp_path, format):
    path = made(tmp_path / f"whole.{format}", format)
    sign(path, format, identity(tmp_path / "me"), model="pony", version="1")
    found = read(path, format)
    assert found["validation_state"] == "Valid"
    assert [failure["code"] for failure in found["validation_results"]["activeManifest"]["failure"]] == [
        "signingCredential.untrusted"
    ]


def test_a_changed_picture_is_found_out(tmp_path):
    path = made(tmp_path / "whole.png", "png")
    sign(path, "png", identity(tmp_path / "me"), model="pony", version="1")
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 200] ^= 1
    path.write_bytes(content)
    found = read(path, "png", tmp_path / "me")
    assert found["validation_state"] == "Invalid"


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_signing_keeps_the_pixels_and_what_can_be_read_of_the_request(tmp_path, format):
    path = made(tmp_path / f"whole.{format}", format)
    before = texts_in(upload(path.read_bytes(), path.name))
    if format in STILLS:
        pixels = Image.open(path).convert("RGB").tobytes()
    sign(path, format, identity(tmp_path / "me"), model="pony", version="1")
    assert texts_in(upload(path.read_bytes(), path.name)) == before
    if format in STILLS:
        assert Image.open(path).convert("RGB").tobytes() == pixels


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_the_stripped_download_keeps_the_mark_and_drops_who_signed(tmp_path, format):
    path = made(tmp_path / f"whole.{format}", format)
    sign(path, format, identity(tmp_path / "me"), model="pony", version="1")
    stripped = tmp_path / f"stripped.{format}"
    with path.open("rb") as source:
        strip(source, stripped, format)
    assert marks(stripped) == [AI_GENERATED]
    assert b"c2pa" not in stripped.read_bytes()
    with pytest.raises(c2pa.C2paError, match="no JUMBF data"):
        read(stripped, format)


@pytest.mark.parametrize("format", STILLS + VIDEOS)
def test_exiftool_finds_the_mark_in_every_format(tmp_path, format):
    path = made(tmp_path / f"whole.{format}", format)
    assert marks(path) == [AI_GENERATED]
    with path.open("rb") as source:
        strip(source, tmp_path / f"stripped.{format}", format)
    assert marks(tmp_path / f"stripped.{format}") == [AI_GENERATED]


@pytest.mark.parametrize(("name", "write"), [("poster.webp", webp), ("preview.jpg", jpeg)])
def test_posters_and_previews_carry_the_mark_too(tmp_path, name, write):
    content = write(Image.linear_gradient("L"))
    Image.open(BytesIO(content)).verify()
    (tmp_path / name).write_bytes(content)
    assert marks(tmp_path / name) == [AI_GENERATED]


def test_the_identity_is_made_once_and_is_for_its_owner_alone(tmp_path):
    folder = tmp_path / "me"
    with ThreadPoolExecutor(4) as pool:
        identities = set(pool.map(identity, [folder] * 8))
    assert len(identities) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["me"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_format_without_credentials_is_refused(tmp_path):
    path = made(tmp_path / "whole.webm", "webm")
    with pytest.raises(ValueError, match="webm"):
        sign(path, "webm", identity(tmp_path / "me"), model="pony", version="1")
