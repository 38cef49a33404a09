"""Sizes of storage as people write them. Pure."""

import re

UNITS = {
    "": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
LARGEST = 2**63 - 1
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]I?B)?", re.IGNORECASE | re.ASCII)


def read(text: str) -> int:
    """Bytes of a size such as `20GB`, `1.5 GiB` or `500000`. Raises ValueError."""
    match = _SIZE.fullmatch(text.strip())
    size = round(float(match[1]) * UNITS[(match[2] or "").upper()]) if match else LARGEST + 1
    if size > LARGEST:
        raise ValueError(text)
    return size
