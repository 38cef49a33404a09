"""The blocks of a GIF, and the XMP packet among them (GIF89a; XMP specification, part 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

COMMENT = b"\x21\xfe"
XMP = b"\x21\xff\x0bXMP DataXMP"
IMAGE = b"\x2c"
_EXTENSION = b"\x21"
_PLAIN_TEXT = b"\x21\x01"
_APPLICATION = b"\x21\xff"
_ANIMATION = b"\x21\xff\x0bNETSCAPE2.0"
_TRAILER = b"\x3b"
_XMP_SLIDE = bytes([1, *range(255, -1, -1), 0])
"""XMP stands in a GIF as it is: a reader that takes its bytes for block lengths slides down these to the end."""


@dataclass(frozen=True)
class Block:
    """One block as it stands in the file, up to its empty sub-block."""

    raw: bytes

    def is_a(self, *kinds: bytes) -> bool:
        return self.raw.startswith(kinds)

    @property
    def talks(self) -> bool:
        """Whether it is there for readers of texts: a comment, a plain text, any application's data but the loop."""
        return self.is_a(COMMENT, _PLAIN_TEXT, _APPLICATION) and not self.is_a(_ANIMATION)

    @property
    def comment(self) -> bytes:
        text, position = bytearray(), len(COMMENT)
        while length := self.raw[position]:
            text += self.raw[position + 1 : position + 1 + length]
            position += 1 + length
        return bytes(text)

    @property
    def xmp(self) -> bytes:
        return self.raw[len(XMP) : -len(_XMP_SLIDE)]


def head(file: BinaryIO) -> bytes:
    """The signature, the screen and its colour table. Raises ValueError where the file is no GIF."""
    start = _exactly(file, 13)
    if start[:6] not in (b"GIF87a", b"GIF89a"):
        raise ValueError("not a GIF")
    return start + _exactly(file, _table_bytes(start[10]))


def blocks(file: BinaryIO) -> Iterator[Block]:
    """Everything behind the head, in order. Raises ValueError where the file is cut off or not sound."""
    while (kind := _exactly(file, 1)) != _TRAILER:
        if kind == _EXTENSION:
            start = kind + _exactly(file, 1)
        elif kind == IMAGE:
            descriptor = _exactly(file, 9)
            start = kind + descriptor + _exactly(file, _table_bytes(descriptor[8]) + 1)
        else:
            raise ValueError("not a block of a GIF")
        yield Block(start + _sub_blocks(file))
    yield Block(_TRAILER)


def comment_block(text: bytes) -> bytes:
    cuts = (text[start : start + 255] for start in range(0, len(text), 255))
    return COMMENT + b"".join(bytes([len(cut)]) + cut for cut in cuts) + b"\0"


def xmp_block(packet: bytes) -> bytes:
    return XMP + packet + _XMP_SLIDE


def _table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(file: BinaryIO) -> bytes:
    raw = bytearray()
    while length := _exactly(file, 1):
        raw += length
        if length == b"\0":
            break
        raw += _exactly(file, length[0])
    return bytes(raw)


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise ValueError("the GIF is cut off")
    return data
