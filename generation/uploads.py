"""Pictures that people give: judged by their content alone, kept upright and without metadata.

Two steps: `read_picture` checks and converts in memory, `keep` stores. Between them the rest of a form can still be
refused without a trace.
"""

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from PIL import Image, ImageCms, ImageOps

from gallery import frames
from gallery.models import Output

from .catalogue import Invalid
from .catalogue.faults import gettext_noop as _
from .image_ends import end_of
from .models import ReferenceImage

MEGABYTE = 1024 * 1024
_SIGNATURES = {
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What Pillow's readers raise on files that break their format's rules.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    EOFError,
    struct.error,
    zlib.error,
)
_MARKUP = re.compile(rb"<(?:!doctype\s|html[\s>]|script[\s>]|svg[\s>]|\?php\s)", re.IGNORECASE)
_PDF_HEAD = 1024
_WRITE_EFFORT = 1
"""zlib's level for kept files: a quarter of the default's time for a seventh more bytes, measured on a 12 MP photo."""


@dataclass(frozen=True)
class Picture:
    """A picture ready to be kept: upright sRGB as PNG bytes, named by their SHA-256. Width and height in pixels.

    `taken_from` is the output that it was taken from; `made_here`: that was made here, and
    of no uploaded picture.
    """

    png: bytes
    sha256: str
    width: int
    height: int
    made_here: bool = False
    taken_from: Output | None = None

    @property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.png))


def read_picture(file: BinaryIO | File[bytes]) -> Picture:
    """The picture in an uploaded (or opened) file. Raises Invalid with a message for the person who gave it."""
    with still(content_of(file)) as image:
        return _picture(ImageOps.exif_transpose(image))


def content_of(file: BinaryIO | File[bytes]) -> bytes:
    """The bytes of a file that is not too big. Raises Invalid."""
    data = file.read(settings.UPLOAD_MAX_MEGABYTES * MEGABYTE + 1)
    if not data:
        raise Invalid("empty_file", _("This file is empty."))
    if len(data) > settings.UPLOAD_MAX_MEGABYTES * MEGABYTE:
        raise Invalid("too_big", _("At most %(limit)d MB, please."), limit=settings.UPLOAD_MAX_MEGABYTES)
    return data


def format_of(data: bytes) -> str | None:
    """Pillow's name of the format that these bytes begin like; None for one that is not taken."""
    return next((name for name, signature in _SIGNATURES.items() if signature.match(data)), None)


@contextmanager
def still(data: bytes) -> Iterator[Image.Image]:
    """The one picture that these bytes are, decoded, with nothing else beside it. Raises Invalid."""
    with opened(data) as image:
        _refuse_animation(image)
        image.load()
        _refuse_company(data, str(image.format))
        yield image


@contextmanager
def opened(data: bytes) -> Iterator[Image.Image]:
    """The image in these bytes, its pixels not read yet. Raises Invalid, also for what reading it further raises."""
    format = format_of(data)
    if format is None:
        raise Invalid("wrong_format", _("Use a PNG, JPG or WebP image: this file holds something else."))
    try:
        with Image.open(io.BytesIO(data), formats=(format,)) as image:
            _refuse_size(image)
            yield image
    except _BOMB:
        raise _too_many_pixels() from None
    except Invalid:
        raise
    except _BROKEN:
        raise _damaged() from None


def picture_of(output: Output, frame: int = 0) -> Picture:
    """An output as a picture to start from: the image, or one frame of a video, counted from 0. Raises Invalid."""
    try:
        taken = _picture(frames.still(output, frame))
    except frames.UNREADABLE:
        raise Invalid("output_gone", _("This output is not there any more.")) from None
    except frames.NoSuchFrame:
        last = output.frames - 1
        raise Invalid("no_such_frame", _("This video has the frames 0 to %(last)d."), last=last) from None
    return replace(taken, made_here=not (output.from_photograph or output.imported), taken_from=output)


def keep(owner: AbstractBaseUser, picture: Picture) -> ReferenceImage:
    """The stored picture of this person, written now where it is new to them.

    Who uploads a picture confirms the right to use it: the form says so, and the row says when.
    """
    source: dict[str, Any] = {"made_here": True} if picture.made_here else {"rights_confirmed_at": timezone.now()}
    if picture.taken_from is not None:
        source["taken_from_id"] = picture.taken_from.pk
    known = ReferenceImage.objects.filter(owner_id=owner.pk, sha256=picture.sha256)
    if known.update(**source):
        return known.get()
    new = ReferenceImage(sha256=picture.sha256, width=picture.width, height=picture.height)
    new.file.save("", ContentFile(picture.png), save=False)
    facts = {"file": new.file.name, "width": picture.width, "height": picture.height, **source}
    kept, created = ReferenceImage.objects.get_or_create(owner_id=owner.pk, sha256=picture.sha256, defaults=facts)
    if not created:
        new.file.storage.delete(str(new.file.name))
    return kept


@receiver(post_delete, sender=ReferenceImage)
def _delete_file(instance: ReferenceImage, **_facts: Any) -> None:
    """Each row has a file of its own, so that no row goes and takes the file that another one is about to name."""
    transaction.on_commit(partial(instance.file.storage.delete, str(instance.file.name)), robust=True)


def _refuse_size(image: Image.Image) -> None:
    if image.width * image.height > settings.UPLOAD_MAX_MEGAPIXELS * 1_000_000:
        raise _too_many_pixels()


def _refuse_animation(image: Image.Image) -> None:
    # An MPO's further "frames" are depth or gain maps beside the one photograph.
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise Invalid("animated", _("This image is animated. Use a still one."))


def _refuse_company(data: bytes, format: str) -> None:
    """Refuse files that are an image and something else at once."""
    end = end_of(data, format)
    if end is None:
        raise _damaged()
    behind = end < len(data)
    if behind or _MARKUP.search(data) or b"%PDF-" in data[:_PDF_HEAD] or _is_archive(data):
        raise Invalid("polyglot", _("This file holds more than an image. Save the image again by itself."))


def _is_archive(data: bytes) -> bool:
    try:
        zipfile.ZipFile(io.BytesIO(data)).close()
    except (zipfile.BadZipFile, NotImplementedError):
        return False
    return True


def _too_many_pixels() -> Invalid:
    limit = settings.UPLOAD_MAX_MEGAPIXELS
    return Invalid("too_many_pixels", _("At most %(limit)d megapixels, please: make the image smaller."), limit=limit)


def _damaged() -> Invalid:
    return Invalid("damaged", _("This image is damaged or cut off. Export it again."))


def _picture(image: Image.Image) -> Picture:
    upright = _srgb(image)
    buffer = io.BytesIO()
    # A new image carries none of the old one's metadata into the file.
    Image.fromarray(np.asarray(upright)).save(buffer, "PNG", compress_level=_WRITE_EFFORT)
    png = buffer.getvalue()
    return Picture(png, hashlib.sha256(png).hexdigest(), upright.width, upright.height)


def _srgb(image: Image.Image) -> Image.Image:
    """Eight-bit sRGB: deep greys scaled down, transparency on white, an embedded colour profile applied."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        pixels = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", pixels.size, "white"), pixels).convert("RGB")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return _by_profile(image, profile).convert("RGB") if profile else image.convert("RGB")


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image  # a profile that is broken or made for other pixels is passed over, as browsers do
