"""XMP in an MP4: a box of its own at the end of the file (XMP specification, part 3)."""

from pathlib import Path
from uuid import UUID

_XMP_BOX = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac")


def append_xmp(path: Path, packet: bytes) -> None:
    with path.open("ab") as file:
        file.write((24 + len(packet)).to_bytes(4, "big") + b"uuid" + _XMP_BOX.bytes + packet)
