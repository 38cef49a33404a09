"""Two short descriptions of a picture: a placeholder to show while it loads, and a hash of how it looks."""

from base64 import b64encode

import imagehash
from PIL import Image
from thumbhash import rgba_to_thumb_hash

PLACEHOLDER_BOX = (32, 32)
"""A ThumbHash holds seven frequencies in each direction: more pixels say no more and take longer."""
TWO_TO_63 = 1 << 63


def placeholder(picture: Image.Image) -> str:
    """The picture's ThumbHash in base64."""
    small = picture.convert("RGBA")
    small.thumbnail(PLACEHOLDER_BOX, Image.Resampling.LANCZOS)
    return b64encode(bytes(rgba_to_thumb_hash(*small.size, small.tobytes()))).decode()


def perceptual_hash(picture: Image.Image) -> int:
    """pHash: the signs of the 64 lowest frequencies about their median, as the signed number that databases keep.

    Pictures that look alike differ in few bits.
    """
    unsigned = int(str(imagehash.phash(picture)), 16)
    return unsigned - 2 * TWO_TO_63 if unsigned >= TWO_TO_63 else unsigned
