"""Frames → GIF with one palette made for them, by PyAV in two passes so that no frame is held twice."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import BlockingIOError as NotYet
from av.filter import Graph

from .embedded import Embedded
from .videos import pictures

_XMP_HEAD = b"\x21\xff\x0bXMP DataXMP"
_XMP_TAIL = bytes([1, *range(255, -1, -1), 0])
"""XMP stands in a GIF as it is; a reader that takes its bytes for block lengths falls through this slide to the end."""


def save_gif(frames: np.ndarray, path: Path, fps: int, embedded: Embedded) -> None:
    """A GIF counts in hundredths of a second: frames begin at their own time rounded to that, so no drift adds up.

    The text stands in a comment block; XMP in its application block.
    """
    palette = _palette(frames, fps)
    with av.open(path, "w", format="gif", options={"loop": "0"}) as container:
        stream = container.add_stream("gif", rate=fps)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "pal8"
        graph, inputs, output = _dithering(frames, fps)
        inputs["palette"].push(palette)
        inputs["palette"].push(None)
        for frame in pictures(frames, fps):
            inputs["frames"].push(frame)
            container.mux(stream.encode(output.pull()))
        container.mux(stream.encode())
    _append(path, _comment(embedded.text.encode()) + _XMP_HEAD + embedded.xmp + _XMP_TAIL)
