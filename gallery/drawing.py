"""Smaller pictures and a short film of a kept file, as bytes, each marked as made by AI."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from PIL import Image

from containers import mark
from containers.mp4 import append_xmp

from .models import Output

STILL_WIDTHS = (320, 640, 1280)
STILL_QUALITY = 80
PREVIEW_WIDTH = 320
PREVIEW_SECONDS = 3
PREVIEW_FPS = 16
X264 = {"crf": "28", "preset": "veryfast", "profile": "high"}
THREADS = 2


@dataclass(frozen=True)
class Drawn:
    """One rendition before it is kept. `spec` names kind and width (`still-640`); what is drawn may be narrower."""

    spec: str
    format: str
    width: int
    height: int
    content: bytes


def stills(picture: Image.Image) -> Iterator[Drawn]:
    """WebP in each width that is needed until the picture's own is reached, and never larger than that."""
    for width in STILL_WIDTHS:
        smaller = picture
        if width < picture.width:
            height = max(1, round(picture.height * width / picture.width))
            smaller = picture.resize((width, height), Image.Resampling.LANCZOS)
        yield Drawn(f"still-{width}", "webp", *smaller.size, webp(smaller, STILL_QUALITY))
        if width >= picture.width:
            return


def preview(output: Output) -> Drawn:
    """The first seconds of a video, small and silent: H.264 that starts playing before it is whole.

    Raises OSError or av's errors where the file is gone or cannot be read, ValueError for a video without a picture.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "preview.mp4"
        with output.file.open("rb") as file, av.open(file) as video:
            size = _film(video, path)
        append_xmp(path, mark())
        return Drawn(f"preview-{PREVIEW_WIDTH}", "mp4", *size, path.read_bytes())


def webp(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, xmp=mark())
    return buffer.getvalue()


def _film(video: av.container.InputContainer, path: Path) -> tuple[int, int]:
    """Returns the film's width and height."""
    source = video.streams.video[0]
    rate = source.average_rate or Fraction(PREVIEW_FPS)
    every = max(1, round(rate / PREVIEW_FPS))
    width, height = _even_size(source.width, source.height)
    frames = islice(video.decode(source), 0, math.floor(PREVIEW_SECONDS * rate) or 1, every)
    drawn = 0
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as film:
        stream = film.add_stream("libx264", rate=rate / every, options=X264)
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = width, height, "yuv420p", THREADS
        stream.color_range, stream.colorspace = ColorRange.MPEG, Colorspace.ITU709
        stream.color_primaries, stream.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        reformatter = VideoReformatter()
        for frame in frames:
            small = reformatter.reformat(
                *(frame, width, height, "yuv420p"),
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=Interpolation.AREA,
            )
            small.pts, small.time_base = drawn, every / rate
            film.mux(stream.encode(small))
            drawn += 1
        if not drawn:
            raise ValueError("This video has no picture.")
        film.mux(stream.encode())
    return width, height


def _even_size(width: int, height: int) -> tuple[int, int]:
    """Within the preview's width; H.264 halves the colours, so both are even."""
    scale = min(1.0, PREVIEW_WIDTH / width)
    return max(2, 2 * int(width * scale / 2)), max(2, 2 * round(height * scale / 2))
