"""Where an image file ends, by its own structure: what stands behind that is not part of the image."""

import re
import struct

_JPEG_START = b"\xff\xd8"
_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA
_JPEG_BARE = {0x01, *range(0xD0, 0xD8)}
_JPEG_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PADDING = re.compile(rb"[\x00\t\n\r ]*")


def end_of(data: bytes, format: str) -> int | None:
    """The offset just behind the image and its padding; None where the file is cut off or not sound.

    `format` is Pillow's name: PNG, WEBP, JPEG, or MPO for a JPEG that declares further pictures (depth, gain map).
    """
    match format:
        case "PNG":
            end = _png(data)
        case "WEBP":
            end = _webp(data)
        case "JPEG":
            end = _jpeg(data, 0)
        case "MPO":
            end = _jpegs(data)
        case _:
            raise ValueError(f"no reader for the end of {format}")
    return None if end is None else _behind_padding(data, end)


def _png(data: bytes) -> int | None:
    position = 8
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        position += 12 + length
        if kind == b"IEND":
            return position if position <= len(data) else None
    return None


def _webp(data: bytes) -> int | None:
    end = 8 + int.from_bytes(data[4:8], "little")
    return end if end <= len(data) else None


def _jpegs(data: bytes) -> int | None:
    end = _jpeg(data, 0)
    while end is not None and data.startswith(_JPEG_START, start := _behind_padding(data, end)):
        end = _jpeg(data, start)
    return end


def _jpeg(data: bytes, start: int) -> int | None:
    position = start + len(_JPEG_START)
    while position + 2 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == _JPEG_END:
            return position + 2
        if marker == 0xFF:  # a fill byte
            position += 1
        elif marker in _JPEG_BARE:
            position += 2
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == _JPEG_SCAN:
            found = _JPEG_NEXT_MARKER.search(data, position)
            if found is None:
                return None
            position = found.start()
    return None


def _behind_padding(data: bytes, position: int) -> int:
    padding = _PADDING.match(data, position)
    return padding.end() if padding else position
