"""The texts that a file carries beside its pixels, under the names of the tools that write them.

Only the container is read: of a video not one frame is shown. Every file is hostile until it is read.
"""

from collections.abc import Iterator
from typing import BinaryIO

import av
from django.conf import settings
from django.core.files.base import File
from PIL import ExifTags, Image

from containers import gif, request_in

from .. import uploads
from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _

MAX_CHARACTERS = 4_000_000
"""Of all texts together: a ComfyUI drawing has some hundred thousand."""

_OURS = "mediagen"
_INFOTEXT = "parameters"
_COMMENT_CODES = {b"UNICODE\0": "utf-16-be", b"ASCII\0\0\0": "utf-8", b"\0" * 8: "utf-8"}
_GRAPHS = ("prompt:", "workflow:")
_HEAD = 12


def texts_in(file: File[bytes] | None) -> dict[str, str]:
    """What the file carries. Raises Invalid with a message for the person who gave it."""
    if file is None:
        raise Invalid("required", _("Choose a file."))
    match _moving_format(file):
        case "gif":
            texts = _of_a_gif(_bounded(file))
        case "mp4" | "webm" as format:
            texts = _of_a_video(_bounded(file), format)
        case _:
            texts = _of_a_still(_still(file))
    if sum(map(len, texts.values())) > MAX_CHARACTERS:
        raise Invalid("too_much_text", _("The texts in this file are too long to be generation parameters."))
    return texts


def type_of(file: File[bytes]) -> str | None:
    """What the file's parameters can only be for. A still can be the first frame that a tool keeps beside a video."""
    return "video" if _moving_format(file) else None


def _moving_format(file: File[bytes]) -> str:
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[4:8] == b"ftyp":
        return "mp4"
    return "webm" if head.startswith(b"\x1aE\xdf\xa3") else ""


def _bounded(file: File[bytes]) -> BinaryIO:
    limit = settings.UPLOAD_MAX_VIDEO_MEGABYTES
    if (file.size or 0) > limit * uploads.MEGABYTE:
        raise Invalid("too_big", _("At most %(limit)d MB, please."), limit=limit)
    return file  # type: ignore[return-value]


def _still(file: File[bytes]) -> bytes:
    data = uploads.content_of(file)
    if uploads.format_of(data) is None:
        raise Invalid("wrong_format", _("Parameters are read from PNG, JPG, WebP, GIF, MP4 and WebM files."))
    return data


def _of_a_still(data: bytes) -> dict[str, str]:
    with uploads.opened(data) as image:
        if image.format == "PNG":
            image.load()  # texts may stand behind the pixels
        texts = {name: text for name, text in image.info.items() if isinstance(text, str) and isinstance(name, str)}
        return {**texts, **dict(_of_exif(image.getexif())), **_of_xmp(image.info.get("xmp", b""))}


def _of_exif(exif: Image.Exif) -> Iterator[tuple[str, str]]:
    comment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    if isinstance(comment, bytes) and comment[:8] in _COMMENT_CODES:
        yield _INFOTEXT, comment[8:].decode(_COMMENT_CODES[comment[:8]], "replace")
    for text in exif.values():
        # ComfyUI writes its graphs into fields that are for the camera's maker.
        for prefix in _GRAPHS:
            if isinstance(text, str) and text.startswith(prefix):
                yield prefix.rstrip(":"), text.removeprefix(prefix)


def _of_xmp(packet: bytes | str) -> dict[str, str]:
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else packet
    request = request_in(text)
    return {} if request is None else {_OURS: request}


def _of_a_gif(file: BinaryIO) -> dict[str, str]:
    texts: dict[str, str] = {}
    try:
        gif.head(file)
        for block in gif.blocks(file):
            if block.is_a(gif.COMMENT):
                texts[_INFOTEXT] = block.comment.decode("utf-8", "replace")
            elif block.is_a(gif.XMP):
                texts |= _of_xmp(block.xmp)
            elif block.is_a(gif.IMAGE):
                break
    except ValueError:
        raise _damaged() from None
    return texts


def _of_a_video(file: BinaryIO, format: str) -> dict[str, str]:
    """The format is given, so that no reader of playlists, which opens further files, is tried."""
    try:
        with av.open(file, format=format, options={"export_xmp": "1"}, metadata_errors="replace") as container:
            tags = {name.lower(): text for name, text in container.metadata.items()}
    except (av.FFmpegError, ValueError):
        raise _damaged() from None
    texts = {_INFOTEXT if name == "comment" else name: text for name, text in tags.items()}
    return {**texts, **_of_xmp(tags.get("xmp", ""))}


def _damaged() -> Invalid:
    return Invalid("damaged_video", _("This file is damaged or cut off, or of a kind that is not read here."))
