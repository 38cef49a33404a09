"""The same pixels without prompt and parameters, but with the mark of AI-generated media. Nothing is encoded anew.

What is not known to belong to the picture goes: of a PNG and a JPEG only the parts listed here are copied.
"""

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import av

from . import gif, webp
from .embedded import AI_GENERATED, mark
from .mp4 import append_xmp

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PICTURE = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs"}
_PNG_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"

_JPEG_START = b"\xff\xd8"
_JPEG_SCAN = 0xDA
_JPEG_APPLICATIONS = range(0xE0, 0xF0)
_JPEG_COMMENT = 0xFE
_JPEG_JFIF, _JPEG_ICC, _JPEG_ADOBE = (0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe")
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def strip(source: BinaryIO, target: Path, format: str) -> None:
    """Write to `target` what `source`, a file of this format, shows: png, jpg, webp, mp4, webm or gif.

    Raises ValueError for a format that is not known and for a file that is not of it.
    """
    if format not in _STRIPPERS:
        raise ValueError(f"There is no format {format}.")
    _STRIPPERS[format](source, target)


def _png(source: BinaryIO, target: Path) -> None:
    if source.read(8) != _PNG_SIGNATURE:
        raise ValueError("not a PNG")
    with target.open("wb") as out:
        out.write(_PNG_SIGNATURE)
        kind = b""
        while kind != b"IEND":
            length, kind = struct.unpack(">I4s", source.read(8).ljust(8, b"\0"))
            content = source.read(length + 4)
            if len(content) < length + 4:
                raise ValueError("the PNG is cut off")
            if kind in _PNG_PICTURE:
                out.write(struct.pack(">I4s", length, kind) + content)
            if kind == b"IHDR":
                out.write(_png_chunk(b"iTXt", _PNG_XMP + mark()))


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", zlib.crc32(kind + content))


def _jpeg(source: BinaryIO, target: Path) -> None:
    if source.read(2) != _JPEG_START:
        raise ValueError("not a JPEG")
    with target.open("wb") as out:
        out.write(_JPEG_START)
        marked = False
        marker = 0
        while marker != _JPEG_SCAN:
            first, marker, length = struct.unpack(">BBH", source.read(4).ljust(4, b"\0"))
            content = source.read(length - 2) if length > 1 else b""
            if first != 0xFF or len(content) != length - 2:
                raise ValueError("the JPEG is not sound")
            if not marked and (marker, content[:5]) != _JPEG_JFIF:
                out.write(_jpeg_segment(0xE1, _JPEG_XMP + mark()))
                marked = True
            if _belongs_to_jpeg(marker, content):
                out.write(_jpeg_segment(marker, content))
        shutil.copyfileobj(source, out)


def _belongs_to_jpeg(marker: int, content: bytes) -> bool:
    if marker in _JPEG_APPLICATIONS:
        return any(marker == kept and content.startswith(name) for kept, name in (_JPEG_JFIF, _JPEG_ICC, _JPEG_ADOBE))
    return marker != _JPEG_COMMENT


def _jpeg_segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _webp(source: BinaryIO, target: Path) -> None:
    target.write_bytes(webp.with_xmp_alone(source, mark()))


def _gif(source: BinaryIO, target: Path) -> None:
    with target.open("wb") as out:
        out.write(gif.head(source) + gif.xmp_block(mark()))
        for block in gif.blocks(source):
            if not block.talks:
                out.write(block.raw)


def _mp4(source: BinaryIO, target: Path) -> None:
    _remux(source, target, "mp4", {"movflags": "+faststart"}, {})
    append_xmp(target, mark())


def _webm(source: BinaryIO, target: Path) -> None:
    _remux(source, target, "webm", {}, {"digital_source_type": AI_GENERATED})


def _remux(source: BinaryIO, target: Path, format: str, options: dict[str, str], tags: dict[str, str]) -> None:
    """Copy the packets of the video into a new container, which knows nothing of the old one's tags."""
    options = {"fflags": "+bitexact", **options}
    with av.open(source, format=format) as old, av.open(target, "w", format=format, options=options) as new:
        new.metadata.update(tags)
        video = old.streams.video[0]
        copied = new.add_stream_from_template(video)
        for packet in old.demux(video):
            if packet.dts is not None:  # the empty one that ends the stream
                packet.stream = copied
                new.mux(packet)


_STRIPPERS: dict[str, Callable[[BinaryIO, Path], None]] = {
    "png": _png,
    "jpg": _jpeg,
    "webp": _webp,
    "gif": _gif,
    "mp4": _mp4,
    "webm": _webm,
}
