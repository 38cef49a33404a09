"""What becomes of good pictures, and that no broken one gets past the messages."""

import contextlib
import io
import random

import numpy as np
import pytest
from PIL import Image, ImageCms

from gallery.models import Output
from generation.catalogue import Invalid
from generation.engine.media import Embedded, save
from generation.models import ReferenceImage
from generation.uploads import keep, picture_of, read_picture
from tests.conftest import image_bytes, png_bytes
from tests.pages.conftest import files_in


def read(content: bytes) -> Image.Image:
    picture = read_picture(io.BytesIO(content))
    image = picture.image
    assert image.format == "PNG"
    assert image.mode == "RGB"
    assert (image.width, image.height) == (picture.width, picture.height)
    image.load()
    assert not image.info
    assert not image.getexif()
    return image


@pytest.mark.parametrize(
    ("format", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("PNG", "L", {}),
        ("PNG", "1", {}),
        ("PNG", "P", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "LA", {}),
        ("PNG", "I;16", {}),
        ("JPEG", "RGB", {}),
        ("JPEG", "L", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "RGB", {"progressive": True, "optimize": True}),
        ("JPEG", "RGB", {"restart_marker_blocks": 2}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True}),
    ],
)
def test_every_common_kind_is_read(format, mode, options):
    assert read(image_bytes(format, size=(65, 47), mode=mode, **options)).size == (65, 47)


def test_sixteen_bit_greys_keep_their_shades():
    deep = np.linspace(0, 65535, 256, dtype=np.uint16).reshape(16, 16)
    buffer = io.BytesIO()
    Image.fromarray(deep).save(buffer, "PNG")
    assert np.array_equal(np.asarray(read(buffer.getvalue()))[..., 0], deep >> 8)


def test_a_photo_is_turned_upright_and_loses_its_exif():
    picture = Image.new("RGB", (40, 20), "navy")
    picture.paste("orange", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90° to show
    exif[0x010F] = "Camera of somebody"
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif, quality=95, comment=b"at home")
    upright = read(buffer.getvalue())
    assert upright.size == (20, 40)
    assert upright.getpixel((10, 5))[0] > 200  # what was left is on top
    assert b"somebody" not in read_picture(io.BytesIO(buffer.getvalue())).png


def test_transparency_stands_on_white():
    buffer = io.BytesIO()
    Image.new("RGBA", (8, 8), (200, 0, 0, 0)).save(buffer, "PNG")
    assert read(buffer.getvalue()).getpixel((4, 4)) == (255, 255, 255)


def test_a_palette_colour_can_be_transparent():
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([0, 128, 0, 10, 20, 30])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=0)
    assert read(buffer.getvalue()).getpixel((4, 4)) == (255, 255, 255)


def test_a_colour_profile_is_applied():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert read(png_bytes(icc_profile=profile)).size == (64, 48)  # one that does not fit is passed over
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain, profiled = np.asarray(read(png_bytes())), np.asarray(read(png_bytes(icc_profile=srgb)))
    assert np.abs(plain.astype(int) - profiled).max() <= 1


def test_a_phone_photo_with_a_depth_map_is_one_picture():
    photo, depth = Image.new("RGB", (64, 48), "teal"), Image.new("RGB", (32, 24), "grey")
    buffer = io.BytesIO()
    photo.save(buffer, "MPO", save_all=True, append_images=[depth])
    assert read(buffer.getvalue()).size == (64, 48)


def test_padding_behind_an_image_is_no_offence():
    assert read(image_bytes("JPEG") + bytes(512)).size == (64, 48)


def test_equal_pixels_have_one_name():
    first = read_picture(io.BytesIO(png_bytes()))
    second = read_picture(io.BytesIO(image_bytes("WEBP", lossless=True)))
    assert first.sha256 == second.sha256


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # it warns of broken EXIF, and reads on
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_no_broken_file_raises_anything_else(format):
    whole = image_bytes(format, size=(40, 30), exif=Image.Exif())
    dice = random.Random(7)
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        broken = broken[: dice.choice([len(broken), dice.randrange(1, len(broken))])]
        with contextlib.suppress(Invalid):
            read_picture(io.BytesIO(bytes(broken)))


def test_limits_are_settings(settings):
    settings.UPLOAD_MAX_MEGAPIXELS = 1
    assert read(image_bytes(size=(1000, 1000))).size == (1000, 1000)
    with pytest.raises(Invalid, match="1 megapixels"):
        read_picture(io.BytesIO(image_bytes(size=(1000, 1001))))
    settings.UPLOAD_MAX_MEGABYTES = 1
    with pytest.raises(Invalid, match="1 MB"):
        read_picture(io.BytesIO(png_bytes() + bytes(1024 * 1024)))


def test_kept_once_for_each_person(person, other, media):
    picture = read_picture(io.BytesIO(png_bytes()))
    assert keep(person, picture) == keep(person, picture)
    theirs = keep(other, picture)
    assert files_in(media) == sorted(row.file.name for row in ReferenceImage.objects.all())
    assert len(files_in(media)) == 2
    assert theirs.file.name.startswith(f"references/{picture.sha256[:2]}/")
    assert (media / theirs.file.name).read_bytes() == picture.png


def test_an_output_is_a_picture_too(person, make):
    image = make(person, content=png_bytes(size=(80, 60)))
    assert picture_of(image).image.size == (80, 60)
    image.file.storage.delete(image.file.name)
    with pytest.raises(Invalid, match="not there"):
        picture_of(Output.objects.get())


@pytest.mark.parametrize("format", ["mp4", "webm", "gif"])
def test_of_a_video_the_first_frame(person, make, tmp_path, format):
    frames = np.zeros((16, 64, 64, 3), np.uint8)
    frames[0, ..., 0] = 220
    frames[1:, ..., 2] = 220
    path = tmp_path / f"video.{format}"
    save(frames, path, format, 16, Embedded(text="a light", json="{}"))
    video = make(
        person, content=path.read_bytes(), model="phr00t", mode="text2video", num_frames=16, output_format=format
    )
    red, _, blue = picture_of(video).image.getpixel((32, 32))
    assert red > 180 > 60 > blue


def test_a_kept_file_goes_with_its_row_alone(person, other, media, django_capture_on_commit_callbacks):
    picture = read_picture(io.BytesIO(png_bytes()))
    mine, theirs = keep(person, picture), keep(other, picture)
    for row, left in ((mine, 1), (theirs, 0)):
        with django_capture_on_commit_callbacks(execute=True):
            row.delete()
        assert len([path for path in media.rglob("*") if path.is_file()]) == left
