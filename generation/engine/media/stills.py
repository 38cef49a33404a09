"""One picture → PNG or JPEG, by Pillow."""

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from containers import Embedded


def save_png(pixels: np.ndarray, path: Path, embedded: Embedded) -> None:
    """Lossless. The text stands in the chunk `parameters`, the JSON in `mediagen`."""
    chunks = PngInfo()
    chunks.add_itxt("parameters", embedded.text)
    chunks.add_itxt("mediagen", embedded.json)
    chunks.add_itxt("XML:com.adobe.xmp", embedded.xmp.decode())
    Image.fromarray(pixels).save(path, "PNG", pnginfo=chunks)


def save_jpeg(pixels: np.ndarray, path: Path, quality: int, embedded: Embedded) -> None:
    """`quality` as libjpeg counts it, without chroma subsampling. The text stands in EXIF's UserComment, as UTF-16."""
    exif = Image.Exif()
    comment = b"UNICODE\0" + embedded.text.encode("utf-16-be")
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.UserComment: comment}
    image = Image.fromarray(pixels)
    image.save(path, "JPEG", quality=quality, subsampling="4:4:4", exif=exif, xmp=embedded.xmp)
