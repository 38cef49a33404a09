"""What a file shows, judged by its bytes: decoded from end to end before anything of it is kept."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from django.conf import settings
from PIL import Image, ImageOps

from containers import gif

from .. import uploads
from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..uploads import MEGABYTE

_STILLS = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "WEBP": "webp"}
_CODECS = {"h264", "vp8", "vp9", "av1", "gif"}
"""What browsers play."""
_HEAD = 12
_MOST_FRAMES, _MOST_MEGAPIXELS, _MOST_FPS = 5_000, 2_000, 240
"""Of a video: the pixels of all its frames together."""


@dataclass(frozen=True)
class Shown:
    """A sound file: `pixel_sha256` is over the RGB bytes as they are decoded, `poster` its first frame."""

    format: str
    bytes: int
    sha256: str
    pixel_sha256: str
    width: int
    height: int
    frames: int
    fps: int
    poster: Image.Image

    @property
    def type(self) -> str:
        return "video" if self.fps else "image"


def largest() -> int:
    """Bytes that any file may have."""
    return max(settings.UPLOAD_MAX_MEGABYTES, settings.UPLOAD_MAX_VIDEO_MEGABYTES) * MEGABYTE


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def look_at(path: Path) -> Shown:
    """Raises Invalid for what is no picture or video of a kind that is kept here, or not a sound one."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"PK\3\4"):
        raise Invalid("nested", _("A zip within a zip is not opened: unpack it first."))
    if format := _video_format(head):
        return _video(path, format)
    return _still(path)


def _video_format(head: bytes) -> str | None:
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[4:8] == b"ftyp":
        return "mp4"
    return "webm" if head.startswith(b"\x1aE\xdf\xa3") else None


def _still(path: Path) -> Shown:
    with path.open("rb") as file:
        data = uploads.content_of(file)
    if uploads.format_of(data) is None:
        raise Invalid("wrong_kind", _("This is no PNG, JPG, WebP, GIF, MP4 or WebM file."))
    with uploads.still(data) as image:
        pixels = np.asarray(image.convert("RGB"))
        poster = ImageOps.exif_transpose(image).convert("RGB")
        format = _STILLS[str(image.format)]
    digest = hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()
    height, width = pixels.shape[:2]
    return Shown(format, len(data), hashlib.sha256(data).hexdigest(), digest, width, height, 1, 0, poster)


def _video(path: Path, format: str) -> Shown:
    limit = settings.UPLOAD_MAX_VIDEO_MEGABYTES
    if path.stat().st_size > limit * MEGABYTE:
        raise Invalid("too_big", _("At most %(limit)d MB, please."), limit=limit)
    if zipfile.is_zipfile(path) or (format == "gif" and not _ends_as_gif(path)):
        raise Invalid("polyglot", _("This file holds more than a video. Save the video again by itself."))
    try:
        # The format is given, so that no reader of playlists, which opens further files, is tried.
        with path.open("rb") as file, av.open(file, format=format) as container:
            return _decoded(path, format, container)
    except (av.FFmpegError, ValueError, LookupError) as error:
        if isinstance(error, Invalid):
            raise
        raise _damaged() from None


def _decoded(path: Path, format: str, container: av.container.InputContainer) -> Shown:
    if not container.streams.video:
        raise _damaged()
    stream = container.streams.video[0]
    if stream.codec_context.name not in _CODECS:
        raise Invalid("codec", _("Browsers do not play videos of this kind. Use H.264, VP8, VP9 or AV1."))
    size = stream.width * stream.height
    if not 0 < size <= settings.UPLOAD_MAX_MEGAPIXELS * 1_000_000:
        limit = settings.UPLOAD_MAX_MEGAPIXELS
        raise Invalid(
            "too_many_pixels", _("At most %(limit)d megapixels, please: make the image smaller."), limit=limit
        )
    digest, frames, poster = hashlib.sha256(), 0, None
    for frame in container.decode(stream):
        frames += 1
        if frames > _MOST_FRAMES or frames * size > _MOST_MEGAPIXELS * 1_000_000:
            raise Invalid("too_long_a_video", _("This video is too long or too large. Cut it shorter."))
        if (frame.width, frame.height) != (stream.width, stream.height):
            raise _damaged()
        pixels = frame.to_ndarray(format="rgb24")
        poster = poster or Image.fromarray(pixels)
        digest.update(np.ascontiguousarray(pixels).data)
    if poster is None:
        raise _damaged()
    fps = min(max(round(stream.average_rate or 1), 1), _MOST_FPS)
    whole = sha256_of(path)
    return Shown(
        format, path.stat().st_size, whole, digest.hexdigest(), poster.width, poster.height, frames, fps, poster
    )


def _ends_as_gif(path: Path) -> bool:
    """Whether nothing stands behind the end of the GIF."""
    with path.open("rb") as file:
        try:
            gif.head(file)
            for _block in gif.blocks(file):
                pass
        except ValueError:
            raise _damaged() from None
        return not file.read(1)


def _damaged() -> Invalid:
    return Invalid("damaged_video", _("This video is damaged or cut off."))
