"""What the image families share."""

from PIL import Image, ImageOps

from generation.catalogue.common import IMAGE2IMAGE
from generation.engine.pipelines.family import Variant


def source(variant: Variant) -> Image.Image | None:
    """The reference picture of image2image, cropped to the size that was asked for; None in other modes."""
    request = variant.request
    if request.mode_id != IMAGE2IMAGE.id:
        return None
    picture = variant.picture(request["reference_image"])
    return ImageOps.fit(picture, (request["width"], request["height"]), Image.Resampling.LANCZOS)
