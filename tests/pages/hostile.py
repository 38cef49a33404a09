"""Files that pretend to be pictures, or are more than that. All made here."""

import io
import struct
import zipfile
import zlib

from PIL import Image, PngImagePlugin

from tests.conftest import image_bytes, png_bytes

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>"


def animated(format: str) -> bytes:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("navy", "orange", "teal")]
    buffer = io.BytesIO()
    frames[0].save(buffer, format, save_all=True, append_images=frames[1:], duration=80)
    return buffer.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few hundred bytes that ask for gigabytes of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("run.txt", "not a picture")
    return buffer.getvalue()


def png_holding(content: bytes) -> bytes:
    """A sound PNG with something else in a chunk of its own, just before its end."""
    whole = png_bytes()
    return whole[:-12] + chunk(b"prVt", content) + whole[-12:]


def jpeg_saying(comment: bytes) -> bytes:
    return image_bytes("JPEG", comment=comment)


def png_with_broken_checksum() -> bytes:
    whole = bytearray(png_bytes())
    at = whole.index(b"IDAT") + 6
    whole[at] ^= 0xFF
    return bytes(whole)


def png_with_text_bomb() -> bytes:
    """A text chunk of a few kilobytes that unpacks to 100 MB."""
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "a" * 100_000_000, zip=True)
    return png_bytes(pnginfo=info)
