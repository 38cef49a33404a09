"""Pixels → file: what was put in is what a player, a viewer and a metadata reader find."""

import hashlib
import json
import struct
import subprocess
import sys
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import ExifTags, Image

from generation.engine.media import AI_GENERATED, Embedded, pixel_sha256, save

EMBEDDED = Embedded(
    text="a fox on a hill, ёлка, 龙 & <snow>\nNegative prompt: fog\nSteps: 30, Seed: 7",
    json=json.dumps({"prompt": "a fox & a <hill>, ёлка", "seed": 7}, ensure_ascii=False),
)
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
VIDEOS = ["mp4", "webm", "gif"]
STILLS = ["png", "jpg"]
MOST_MEMORY = """
import resource, sys
from pathlib import Path
from generation.engine.media import save
from tests.engine.test_media import EMBEDDED, VIDEOS, gradient

def taken():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

frames = gradient(2, 512, 512).repeat(50, axis=0)
for format in VIDEOS:
    save(frames[:2], Path(sys.argv[1]) / format, format, 16, EMBEDDED)
before = taken()
for format in VIDEOS:
    save(frames, Path(sys.argv[1]) / format, format, 16, EMBEDDED)
print((taken() - before) / frames.nbytes)
"""


def gradient(frames, height=96, width=128):
    """A smooth picture that brightens from frame to frame."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 255 / width, y * 255 / height, (x + y) * 200 / (width + height)], axis=-1)
    levels = np.linspace(0.4, 1.0, frames)
    return (picture * levels[:, None, None, None]).astype(np.uint8)


def read(path, **options):
    with av.open(path, options=options) as container:
        frames = list(container.decode(video=0))
        times = [float(frame.time) for frame in frames]
        pixels = np.stack([frame.to_ndarray(format="rgb24") for frame in frames])
        metadata = {name.lower(): value for name, value in container.metadata.items()}
        return pixels, times, metadata, container.streams.video[0].codec_context


@pytest.mark.parametrize("fps", [8, 16, 24])
@pytest.mark.parametrize("count", [16, 17, 50])
@pytest.mark.parametrize("format", VIDEOS)
def test_every_frame_is_there_at_its_time(tmp_path, format, count, fps):
    frames = gradient(count)
    save(frames, tmp_path / "file", format, fps, EMBEDDED)
    pixels, times, _, _ = read(tmp_path / "file")
    assert pixels.shape == frames.shape
    assert times == pytest.approx([index / fps for index in range(count)], abs=0.0051 if format == "gif" else 0.00051)


@pytest.mark.parametrize(("format", "tolerance"), [("mp4", 3), ("webm", 3), ("gif", 12)])
def test_video_keeps_the_colours(tmp_path, format, tolerance):
    frames = gradient(17)
    save(frames, tmp_path / "file", format, 16, EMBEDDED)
    pixels, _, _, _ = read(tmp_path / "file")
    assert np.abs(pixels.astype(int) - frames).mean() < tolerance


def test_a_gif_plays_for_as_long_as_asked_and_repeats(tmp_path):
    save(gradient(17), tmp_path / "file", "gif", 24, EMBEDDED)
    with Image.open(tmp_path / "file") as gif:
        durations = []
        for index in range(gif.n_frames):
            gif.seek(index)
            durations.append(gif.info["duration"])
        assert sum(durations) == pytest.approx(17 / 24 * 1000, abs=10)
        assert set(durations) == {40, 50}
        assert gif.info["loop"] == 0


def test_identical_frames_stay_frames(tmp_path):
    still = np.repeat(gradient(1), 16, axis=0)
    for format in VIDEOS:
        save(still, tmp_path / format, format, 8, EMBEDDED)
        pixels, _, _, _ = read(tmp_path / format)
        assert len(pixels) == 16


@pytest.mark.parametrize(("format", "codec"), [("mp4", "h264"), ("webm", "vp9")])
def test_browsers_can_play_it(tmp_path, format, codec):
    save(gradient(16), tmp_path / "file", format, 16, EMBEDDED)
    _, _, _, context = read(tmp_path / "file")
    assert context.name in {codec, f"lib{codec}", "libvpx-vp9"}
    assert context.pix_fmt == "yuv420p"
    assert (context.color_range, context.colorspace) == (1, 1)


def test_mp4_starts_with_its_index(tmp_path):
    save(gradient(16), tmp_path / "file", "mp4", 16, EMBEDDED)
    content = (tmp_path / "file").read_bytes()
    boxes, start = [], 0
    while start < len(content):
        size, name = struct.unpack(">I4s", content[start : start + 8])
        boxes.append(name)
        start += size
    assert start == len(content)
    assert boxes.index(b"moov") < boxes.index(b"mdat")


@pytest.mark.parametrize("format", VIDEOS)
def test_videos_carry_their_parameters_and_the_ai_mark(tmp_path, format):
    path = tmp_path / "file"
    save(gradient(16), path, format, 16, EMBEDDED)
    _, _, metadata, _ = read(path, **({"export_xmp": "1"} if format == "mp4" else {}))
    assert metadata["comment"] == EMBEDDED.text
    if format == "webm":
        assert metadata["mediagen"] == EMBEDDED.json
        assert metadata["digital_source_type"] == AI_GENERATED
    elif format == "mp4":
        assert metadata["xmp"].encode() == EMBEDDED.xmp
    else:
        with Image.open(path) as gif:
            assert gif.info["comment"].decode() == EMBEDDED.text
        assert b"\x21\xff\x0bXMP DataXMP" + EMBEDDED.xmp + b"\x01\xff\xfe" in path.read_bytes()


@pytest.mark.parametrize("format", STILLS)
def test_stills_carry_their_parameters_and_the_ai_mark(tmp_path, format):
    save(gradient(1), tmp_path / "file", format, 0, EMBEDDED)
    with Image.open(tmp_path / "file") as image:
        image.load()
        if format == "png":
            assert image.text["parameters"] == EMBEDDED.text
            assert image.text["mediagen"] == EMBEDDED.json
        else:
            comment = image.getexif().get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment]
            assert comment == b"UNICODE\0" + EMBEDDED.text.encode("utf-16-be")
        xmp = ElementTree.fromstring(image.info["xmp"])
    assert xmp.findtext(f".//{IPTC}DigitalSourceType") == AI_GENERATED
    assert xmp.findtext(".//{urn:mediagen:1}request") == EMBEDDED.json


def test_png_is_exact_and_jpeg_close(tmp_path):
    frames = gradient(1)
    for format, tolerance in (("png", 0), ("jpg", 2)):
        save(frames, tmp_path / format, format, 0, EMBEDDED)
        with Image.open(tmp_path / format) as image:
            assert np.abs(np.asarray(image).astype(int) - frames[0]).mean() <= tolerance


@pytest.mark.parametrize("format", STILLS + VIDEOS)
def test_the_same_pixels_give_the_same_bytes(tmp_path, format):
    frames = gradient(1 if format in STILLS else 17)
    digests = set()
    for name in ("one", "two"):
        save(frames, tmp_path / name, format, 16, EMBEDDED)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_no_video_is_held_twice_while_it_is_encoded(tmp_path):
    """In a process of its own: only then is the most memory that of the encoders."""
    words = [sys.executable, "-c", MOST_MEMORY, str(tmp_path)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert float(told) < 0.5


def test_pixel_sha256_is_over_the_rgb_bytes():
    frames = gradient(3)
    assert pixel_sha256(frames) == hashlib.sha256(frames.tobytes()).hexdigest()
    assert pixel_sha256(frames[:, ::-1]) == hashlib.sha256(frames[:, ::-1].tobytes()).hexdigest()


def test_what_cannot_be_saved_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no format bmp"):
        save(gradient(1), tmp_path / "file", "bmp", 0, EMBEDDED)
    with pytest.raises(ValueError, match="too many values"):
        save(gradient(2), tmp_path / "file", "png", 0, EMBEDDED)
