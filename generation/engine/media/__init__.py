"""Pixels → file. Every format carries the parameters and the mark of AI-generated media; the same pixels and parameters
give the same bytes."""

import hashlib
from pathlib import Path

import numpy as np

from containers import AI_GENERATED, Embedded
from generation.catalogue.common import JPG_QUALITY

from .gif import save_gif
from .stills import save_jpeg, save_png
from .videos import save_mp4, save_webm

__all__ = ["AI_GENERATED", "Embedded", "pixel_sha256", "save"]

_VIDEOS = {"mp4": save_mp4, "webm": save_webm, "gif": save_gif}


def save(
    frames: np.ndarray, path: Path, format: str, fps: int, embedded: Embedded, quality: int = JPG_QUALITY.default
) -> None:
    """Write frames, uint8 of shape (frames, height, width, 3), to `path` as png, jpg, mp4, webm or gif.

    A video has exactly these frames, each shown for 1/fps s; `quality` is of a jpg. Raises ValueError for a format that
    is not known and for a still of several frames.
    """
    if format in _VIDEOS:
        _VIDEOS[format](frames, path, fps, embedded)
    elif format == "png":
        (pixels,) = frames
        save_png(pixels, path, embedded)
    elif format == "jpg":
        (pixels,) = frames
        save_jpeg(pixels, path, quality, embedded)
    else:
        raise ValueError(f"There is no format {format}.")


def pixel_sha256(frames: np.ndarray) -> str:
    """SHA-256 over the RGB bytes, row after row and frame after frame, whatever the container makes of them."""
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(np.ascontiguousarray(frame).data)
    return digest.hexdigest()
