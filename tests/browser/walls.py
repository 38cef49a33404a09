"""Galleries with thousands of outputs, whose rows share two small files."""

import io
from datetime import timedelta
from itertools import cycle

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from gallery.models import Output

SHAPES = ((512, 512), (512, 768), (768, 512), (1216, 832), (768, 1024), (1024, 512))
WIDE = {"width": 1440, "height": 900}
"""A window in which rows are full."""
THUMBHASH = "2PcZNIB3iHh4eIB4iHd4iICHdwiH"


def wall(owner: User, count: int, minutes: float = 1.0, **facts: object) -> list[Output]:
    """The newest first, each some minutes older than the one before."""
    file = default_storage.save("outputs/wall.png", ContentFile(picture("PNG")))
    poster = default_storage.save("posters/wall.webp", ContentFile(picture("WEBP")))
    now, size = timezone.now(), len(picture("PNG"))
    outputs = Output.objects.bulk_create(
        Output(
            **{"type": "image", "model": "pony", "mode": "text2image", "format": "png", "owner": owner, **facts},
            prompt=f"a teapot on hill {number}",
            parameters={},
            receipt={},
            file=file,
            poster=poster,
            bytes=size,
            sha256=f"{number:064x}",
            pixel_sha256=f"{number:064x}",
            seed=number,
            width=width,
            height=height,
            thumbhash=THUMBHASH,
        )
        for number, (width, height) in zip(range(count), cycle(SHAPES), strict=False)
    )
    for number, output in enumerate(outputs):
        output.created_at = now - timedelta(minutes=minutes * number)
    Output.objects.bulk_update(outputs, ["created_at"], batch_size=500)
    return outputs


def picture(format: str) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(buffer, format)
    return buffer.getvalue()
