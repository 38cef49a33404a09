"""Frames → MP4 or WebM, by PyAV, one frame at a time."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from containers import AI_GENERATED, Embedded
from containers.mp4 import append_xmp

THREADS = 4
"""Fixed, because the encoders give other bytes with another number of threads."""

_X264 = {"crf": "18", "preset": "veryfast", "profile": "high"}
_VP9 = {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1", "tile-columns": "2"}


def save_mp4(frames: np.ndarray, path: Path, fps: int, embedded: Embedded) -> None:
    """H.264 that starts playing before it is whole. The text is the tag `comment`; XMP stands in a box of its own."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(path, "w", format="mp4", options=options) as container:
        container.metadata["comment"] = embedded.text
        _encode(container, "libx264", _X264, frames, fps)
    append_xmp(path, embedded.xmp)


def save_webm(frames: np.ndarray, path: Path, fps: int, embedded: Embedded) -> None:
    """VP9. The text is the tag `comment`, the JSON `mediagen`, the AI mark `digital_source_type`."""
    with av.open(path, "w", format="webm", options={"fflags": "+bitexact"}) as container:
        tags = {"comment": embedded.text, "mediagen": embedded.json, "digital_source_type": AI_GENERATED}
        container.metadata.update(tags)
        _encode(container, "libvpx-vp9", _VP9, frames, fps)


def pictures(frames: np.ndarray, fps: int) -> Iterator[av.VideoFrame]:
    """The frames as PyAV sees them, each shown for 1/fps s."""
    for index, pixels in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base, frame.duration = index, Fraction(1, fps), 1
        yield frame


def _encode(
    container: OutputContainer,
    codec: Literal["libx264", "libvpx-vp9"],
    options: dict[str, str],
    frames: np.ndarray,
    fps: int,
) -> None:
    """The colours are BT.709 and say so: browsers guess by the size otherwise."""
    stream = container.add_stream(codec, rate=fps, options=options)
    stream.height, stream.width = frames.shape[1:3]
    stream.pix_fmt = "yuv420p"
    stream.thread_count = THREADS
    stream.color_range = ColorRange.MPEG
    stream.colorspace = Colorspace.ITU709
    stream.color_primaries = ColorPrimaries.BT709
    stream.color_trc = ColorTrc.BT709
    reformatter = VideoReformatter()  # each makes its tables anew
    for frame in pictures(frames, fps):
        planes = reformatter.reformat(
            frame, format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        container.mux(stream.encode(planes))
    container.mux(stream.encode())
