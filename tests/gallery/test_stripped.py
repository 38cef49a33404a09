"""The stripped download: the same pixels and the AI mark, nothing of the prompt and the parameters."""

import io
import json
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from django.test import TestCase
from PIL import Image

from containers import AI_GENERATED, Embedded
from containers.stripping import strip
from gallery import renditions, stripped
from generation.catalogue.gif import delays
from generation.engine.media import save
from tests.pages.conftest import ask, make

__all__ = ["ask", "make"]

PROMPT = "a violet teapot; ёлка"
SECRET = Embedded(text=f"{PROMPT}\nSteps: 31, Seed: 424242", json=json.dumps({"prompt": PROMPT, "seed": 424242}))
SPELLINGS = [word.encode(code) for word in ("violet", "424242") for code in ("utf-8", "utf-16-be", "utf-16-le")]
STILLS, VIDEOS = ["png", "jpg"], ["mp4", "webm", "gif"]


def made(path, format, fps=16):
    noise = np.random.default_rng(1).integers(0, 255, (1 if format in STILLS else 20, 6, 8, 3), dtype=np.uint8)
    save(noise.repeat(8, 1).repeat(8, 2), path, format, fps, SECRET)
    return path.read_bytes()


def shown(content: bytes, format: str) -> tuple[list[bytes], list[float | None]]:
    """The pixels of every frame and its time."""
    if format in STILLS:
        return [Image.open(io.BytesIO(content)).convert("RGB").tobytes()], []
    with av.open(io.BytesIO(content)) as container:
        frames = list(container.decode(video=0))
    return [frame.to_ndarray().tobytes() for frame in frames], [frame.time for frame in frames]


def mark_in(content: bytes, format: str) -> str | None:
    if format == "webm":
        with av.open(io.BytesIO(content)) as container:
            return {name.lower(): value for name, value in container.metadata.items()}["digital_source_type"]
    if format in STILLS:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            packet = image.info["xmp"]
    elif format == "mp4":
        with av.open(io.BytesIO(content), options={"export_xmp": "1"}) as container:
            packet = container.metadata["xmp"].encode()
    else:
        packet = content.partition(b"\x21\xff\x0bXMP DataXMP")[2].partition(b"\x01\xff\xfe")[0]
    iptc = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
    return ElementTree.fromstring(packet).findtext(f".//{iptc}DigitalSourceType")


@pytest.mark.parametrize("format", STILLS + VIDEOS)
def test_the_pixels_and_the_mark_stay_and_the_rest_goes(tmp_path, client, person, make, format):
    whole = made(tmp_path / "whole", format)
    assert any(spelling in whole for spelling in SPELLINGS)
    model = {} if format in STILLS else {"model": "anisora", "mode": "text2video"}
    output = make(person, content=whole, prompt=PROMPT, seed=424242, output_format=format, **model)
    client.force_login(person)
    answer = client.get(f"/gallery/{output.pk}/download?stripped=1")
    bare = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == f'attachment; filename="mediagen-{output.pk.hex[:8]}.{format}"'
    assert [spelling for spelling in SPELLINGS if spelling in bare] == []
    assert shown(bare, format) == shown(whole, format)
    assert mark_in(bare, format) == AI_GENERATED
    assert b"".join(client.get(f"/gallery/{output.pk}/download").streaming_content) == whole
    part = client.get(f"/gallery/{output.pk}/download?stripped=1", headers={"range": "bytes=10-29"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, bare[10:30])


def test_it_is_made_once_and_goes_with_the_output(tmp_path, person, make):
    output = make(
        person, content=made(tmp_path / "whole", "mp4"), output_format="mp4", model="anisora", mode="text2video"
    )
    first = stripped.kept(output)
    assert first.file.storage.exists(first.file.name)
    output.file.storage.delete(output.file.name)
    assert stripped.kept(output) == first
    assert renditions.describe(output) == []
    with TestCase.captureOnCommitCallbacks(execute=True):
        output.delete()
    assert not first.file.storage.exists(first.file.name)


def test_every_kind_of_talk_goes_from_a_gif(tmp_path):
    pictures = [Image.new("P", (8, 8), colour) for colour in (1, 2)]
    pictures[0].save(tmp_path / "talking.gif", save_all=True, append_images=pictures[1:], comment=b"violet", loop=0)
    with (tmp_path / "talking.gif").open("rb") as source:
        strip(source, tmp_path / "stripped.gif", "gif")
    content = (tmp_path / "stripped.gif").read_bytes()
    assert b"violet" not in content
    assert b"NETSCAPE2.0" in content
    assert shown(content, "gif") == shown((tmp_path / "talking.gif").read_bytes(), "gif")


@pytest.mark.parametrize("format", STILLS + VIDEOS)
def test_what_is_not_of_the_format_is_refused(tmp_path, format):
    with pytest.raises((ValueError, av.FFmpegError)):
        strip(io.BytesIO(b"not a picture at all"), tmp_path / "stripped", format)


def test_a_stranger_and_a_lost_file_get_nothing(tmp_path, client, person, other, make):
    output = make(person, content=made(tmp_path / "whole", "png"))
    client.force_login(other)
    assert client.get(f"/gallery/{output.pk}/download?stripped=1").status_code == 404
    client.force_login(person)
    output.file.storage.delete(output.file.name)
    assert client.get(f"/gallery/{output.pk}/download?stripped=1").status_code == 404


@pytest.mark.parametrize("fps", [8, 16, 24])
def test_a_gif_keeps_the_time_it_is_said_to_keep(tmp_path, fps):
    made(tmp_path / "file", "gif", fps)
    with Image.open(tmp_path / "file") as gif:
        stood = set()
        for index in range(gif.n_frames - 1):
            gif.seek(index)
            stood.add(gif.info["duration"] // 10)
    assert sorted(stood) == delays(fps)
