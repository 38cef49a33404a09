"""The chunks of a WebP (RFC 9649), and one without texts but with an XMP packet."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_PICTURE = (b"ICCP", b"ALPH", b"VP8 ", b"VP8L")
_EXTENDED = b"VP8X"
_HAS_ICC, _HAS_ALPHA, _HAS_XMP = 0x20, 0x10, 0x04


def with_xmp_alone(file: BinaryIO, packet: bytes) -> bytes:
    """The same still picture, and beside it this packet alone. Raises ValueError for what is no still WebP."""
    chunks = dict(_chunks(file))
    picture = {kind: chunks[kind] for kind in _PICTURE if kind in chunks}
    width, height, has_alpha = _size(picture)
    flags = _HAS_XMP | (_HAS_ICC if b"ICCP" in picture else 0) | (_HAS_ALPHA if has_alpha else 0)
    extended = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    parts = {_EXTENDED: extended, **picture, b"XMP ": packet}
    body = b"WEBP" + b"".join(_chunk(kind, content) for kind, content in parts.items())
    return _chunk(b"RIFF", body)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise ValueError("not a WebP")
    while start := file.read(8):
        kind, length = struct.unpack("<4sI", start.ljust(8, b"\0"))
        content = file.read(length + length % 2)
        if len(content) < length:
            raise ValueError("the WebP is cut off")
        yield kind, content[:length]


def _size(picture: dict[bytes, bytes]) -> tuple[int, int, bool]:
    """Width and height in pixels, and whether it can be seen through."""
    if lossy := picture.get(b"VP8 "):
        width, height = struct.unpack_from("<HH", lossy.ljust(10, b"\0"), 6)
        return width & 0x3FFF, height & 0x3FFF, b"ALPH" in picture
    if lossless := picture.get(b"VP8L"):
        (bits,) = struct.unpack_from("<I", lossless.ljust(5, b"\0"), 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
    raise ValueError("not a still WebP")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
