"""Whatever is wrong with a form: 422, the reason at its field, nothing stored, what was typed still there."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils.html import escape

from generation.models import Generation, ReferenceImage
from generation.rows import PictureField
from tests.conftest import image_bytes, png_bytes
from tests.pages import hostile
from tests.pages.conftest import files_in, form_of, keyframes, upload


@dataclass
class Wrong:
    """`at` is the field that says what is wrong, "" where the form as a whole does; `says` is part of the message."""

    id: str
    at: str
    says: str
    values: dict[str, Any] = field(default_factory=dict)
    model: str = "pony"
    mode: str = "text2image"


def value(name: str, text: object, says: str, **where: str) -> Wrong:
    return Wrong(f"{name}={str(text)[:20]!r} {' '.join(where.values())}".strip(), name, says, {name: text}, **where)


def stranger(name: str, text: str, model: str, mode: str) -> Wrong:
    return Wrong(f"{name} for {model} {mode}", "", f"{name} does not apply", {name: text}, model, mode)


def picture(id: str, content: bytes, says: str, name: str = "picture.png", type: str = "image/png") -> Wrong:
    uploaded = {"reference_image": upload(content, name, type)}
    return Wrong(f"file: {id}", "reference_image", says, uploaded, "pony", "image2image")


def frames(id: str, says: str, *rows: tuple[Any, Any], at: str = "keyframes", **values: Any) -> Wrong:
    absent = dict.fromkeys(form_of("anisora", "arbitrary"))
    base = {name: None for name in absent if name.startswith("keyframes-")}
    return Wrong(f"keyframes: {id}", at, says, {**base, **keyframes(*rows), **values}, "anisora", "arbitrary")


PHR00T = {"model": "phr00t", "mode": "text2video"}
ANISORA = {"model": "anisora", "mode": "text2video"}
FLUX = {"model": "flux", "mode": "text2image"}
I2I = {"model": "pony", "mode": "image2image"}
I2V = {"model": "anisora", "mode": "image2video"}
ENDS = {"model": "phr00t", "mode": "first_last"}
ANOTHER = "f" * 64

CHOICES = [
    Wrong("unknown model", "", "Choose a model", {"model": "dalle"}),
    Wrong("model with NUL", "", "Choose a model", {"model": "pony\x00"}),
    Wrong("blank model", "", "Choose a model", {"model": ""}),
    Wrong("blank mode", "", "offers these modes", {"mode": ""}),
    Wrong("mode of another type", "", "offers these modes", {"mode": "text2video"}),
    Wrong("mode of another model", "", "offers these modes", {"mode": "arbitrary"}, "phr00t", "text2video"),
    Wrong("type of another model", "", "makes another type", {"type": "video"}),
    Wrong("unknown type", "", "Choose a type", {"type": "sound"}),
]
TEXTS = [
    value("prompt", None, "cannot be blank"),
    value("prompt", "", "cannot be blank"),
    value("prompt", " \n\t ", "cannot be blank"),
    value("prompt", "\u2003\u00a0", "cannot be blank"),
    value("prompt", "x" * 2001, "At most 2000 characters"),
    value("prompt", "я" * 2001, "At most 2000 characters"),
    value("prompt", "a teapot\x00", "control character"),
    value("prompt", "a \x1b[31mteapot", "control character"),
    value("negative_prompt", "y" * 2001, "At most 2000 characters"),
    value("negative_prompt", "mist\x07", "control character"),
    Wrong("prompt as a file", "prompt", "Enter text", {"prompt": upload(b"a teapot", "prompt.txt", "text/plain")}),
]
NUMBERS = [
    value("width", "640", "Choose one of"),
    value("width", "", "Choose one of"),
    value("width", "512.5", "Choose one of"),
    value("height", "2048", "Choose one of"),
    value("height", "0", "Choose one of"),
    value("seed", "-2", "from -1 to 2147483647"),
    value("seed", "2147483648", "from -1 to 2147483647"),
    value("seed", "1.5", "whole number"),
    value("seed", "1e3", "whole number"),
    value("seed", "٣", "whole number"),
    value("seed", "9" * 400, "whole number"),
    value("batch_size", "0", "from 1 to 8"),
    value("batch_size", "9", "from 1 to 8"),
    value("batch_size", "two", "whole number"),
    value("steps", "9", "from 10 to 50"),
    value("steps", "51", "from 10 to 50"),
    value("steps", "", "whole number"),
    value("steps", "20.0", "whole number"),
    Wrong("steps as a file", "steps", "whole number", {"steps": upload(b"20", "20", "text/plain")}),
    value("steps", "8", "from 10 to 50", **FLUX),
    value("steps", "9", "fixed at 8", **ANISORA),
    value("steps", "5", "fixed at 4", **PHR00T),
    value("cfg_scale", "0.5", "from 1 to 20"),
    value("cfg_scale", "20.5", "from 1 to 20"),
    value("cfg_scale", "6.3", "steps of 0.5"),
    value("cfg_scale", "nan", "Enter a number"),
    value("cfg_scale", "1.5", "fixed at 1", **PHR00T),
    value("guidance_scale", "0.9", "from 1 to 10", **FLUX),
    value("guidance_scale", "10.1", "from 0.0 to 10.0", **ANISORA),
    value("guidance_scale", "inf", "Enter a number", **ANISORA),
    value("motion_score", "5.1", "from 0.0 to 5.0", **ANISORA),
    value("motion_score", "2.55", "steps of 0.1", **ANISORA),
    value("num_frames", "15", "from 16 to 161", **ANISORA),
    value("num_frames", "162", "from 16 to 161", **PHR00T),
    value("num_frames", "81.5", "whole number", **PHR00T),
    value("fps", "12", "Choose one of", **PHR00T),
    value("clip_skip", "0", "from 1 to 4"),
    value("clip_skip", "5", "from 1 to 4"),
    value("denoising_strength", "1.05", "from 0.0 to 1.0", **I2I),
    value("denoising_strength", "0.62", "steps of 0.05", **I2I),
    value("denoising_strength", "-0.05", "from 0.0 to 1.0", **I2V),
    value("reference_strength", "much", "Enter a number", **I2V),
    value("sampler", "DDIM", "Choose one of"),
    value("sampler", "DPM++ SDE Karras", "Choose one of", **FLUX),
    value("lighting_variant", "Neon", "Choose one of", **PHR00T),
    value("output_format", "mp4", "Choose one of"),
    value("output_format", "png", "Choose one of", **PHR00T),
    value("output_format", "webp", "Choose one of"),
    value("quality", "80", "only for jpg"),
    value("quality", "49", "from 50 to 100"),
    value("quality", "", "whole number"),
]
STRANGERS = [
    stranger("cfg_scale", "6", "flux", "text2image"),
    stranger("clip_skip", "2", "flux", "text2image"),
    stranger("guidance_scale", "3.5", "pony", "text2image"),
    stranger("num_frames", "81", "pony", "text2image"),
    stranger("sampler", "Euler a", "anisora", "text2video"),
    stranger("motion_score", "3", "phr00t", "text2video"),
    stranger("lighting_variant", "Low Noise", "anisora", "text2video"),
    stranger("denoising_strength", "0.5", "pony", "text2image"),
    stranger("denoising_strength", "0.5", "phr00t", "first_last"),
    stranger("reference_strength", "0.5", "anisora", "text2video"),
    Wrong("picture for text2image", "", "reference_image does not apply", {"reference_image": upload()}),
    Wrong("first frame for image2video", "", "first_frame does not apply", {"first_frame": upload()}, **I2V),
    Wrong("stored picture for text2image", "", "reference_image does", {"reference_image_stored": ANOTHER}),
    Wrong("keyframes for phr00t", "", "keyframes does not apply", keyframes((0, upload())), **PHR00T),
    Wrong("unknown field", "", "There is no parameter tiling", {"tiling": "1"}),
    Wrong("unknown file", "", "There is no parameter lora", {"lora": upload(b"weights")}),
    Wrong("unknown field with markup", "", "There is no parameter <b>", {"<b>": "1"}),
    Wrong("a value sent twice", "steps", "steps was sent twice", {"steps": ["20", "30"]}),
    Wrong("a model sent twice", "", "model was sent twice", {"model": ["flux", "pony"]}),
]
MISSING = [
    Wrong("no reference (image)", "reference_image", "Choose an image", {"reference_image": None}, **I2I),
    Wrong("no reference (video)", "reference_image", "Choose an image", {"reference_image": None}, **I2V),
    Wrong("empty reference", "reference_image", "Choose an image", {"reference_image": ""}, **I2I),
    Wrong("no first frame", "first_frame", "Choose an image", {"first_frame": None}, **ENDS),
    Wrong("no last frame", "last_frame", "Choose an image", {"last_frame": None}, **ENDS),
    Wrong("words for a picture", "reference_image", "not an image", {"reference_image": "../../etc/passwd"}, **I2I),
    Wrong("a picture nobody stored", "reference_image", "not stored here", {"reference_image": ANOTHER}, **I2I),
    Wrong(
        "a hidden picture nobody stored",
        "reference_image",
        "not stored here",
        {"reference_image": None, "reference_image_stored": ANOTHER},
        **I2I,
    ),
    Wrong(
        "an output that is not there",
        "reference_image",
        "not there any more",
        {"reference_image": None, "reference_image_output": "0191d8a0-0000-7000-8000-000000000000"},
        **I2I,
    ),
    Wrong(
        "an output that is no id",
        "reference_image",
        "not there any more",
        {"reference_image": None, "reference_image_output": "latest\x00"},
        **I2I,
    ),
]
KEYFRAMES = [
    frames("none", "at least one keyframe"),
    frames("text", "list of a frame index and an image", keyframes="0=a.png"),
    frames("beyond the end", "Frame 81 is outside", (81, upload())),
    frames("beyond a shorter end", "Frame 40 is outside", (40, upload()), num_frames="33"),
    frames("twice", "Frame 8 is given twice", (8, upload()), (8, upload())),
    frames("more than places", "room for 3 keyframes", *[(index, upload()) for index in range(4)], num_frames="16"),
    frames("33 of them", "At most 32", *[(index, upload()) for index in range(33)]),
    frames("negative", "whole number from 0", (-1, upload()), at="keyframes-0-frame_index"),
    frames("half", "whole number from 0", (0, upload()), ("8.5", upload()), at="keyframes-1-frame_index"),
    frames("no index", "whole number from 0", (None, upload()), at="keyframes-0-frame_index"),
    frames("index as a file", "whole number from 0", (upload(b"8", "8"), upload()), at="keyframes-0-frame_index"),
    frames("no index before one", "whole number from 0", (None, upload()), (8, upload()), at="keyframes-0-frame_index"),
    frames("no image", "frame 8 needs an image", (8, None), at="keyframes-0-image"),
    frames("broken image", "damaged", (0, upload()), (8, upload(png_bytes()[:90])), at="keyframes-1-image"),
    frames("an unknown cell", "no parameter keyframes-0-weight", (0, upload()), at="", **{"keyframes-0-weight": "2"}),
]
JPEG, WEBP = image_bytes("JPEG"), image_bytes("WEBP")
FILES = [
    picture("0 bytes", b"", "empty"),
    picture("text", b"just words, named like a picture", "something else"),
    picture("SVG", hostile.SVG, "something else", "picture.svg", "image/svg+xml"),
    picture("SVG renamed", hostile.SVG, "something else"),
    picture("HTML renamed", hostile.HTML, "something else", "picture.jpg", "image/jpeg"),
    picture("GIF renamed", image_bytes("GIF"), "something else"),
    picture("BMP renamed", image_bytes("BMP"), "something else", "picture.webp", "image/webp"),
    picture("TIFF renamed", image_bytes("TIFF"), "something else"),
    picture("AVIF", image_bytes("AVIF"), "something else", "picture.avif", "image/avif"),
    picture("PDF renamed", hostile.PDF, "something else"),
    picture("ZIP renamed", hostile.archive(), "something else"),
    picture("PNG signature alone", png_bytes()[:8], "damaged"),
    picture("truncated PNG", png_bytes()[:150], "damaged"),
    picture("PNG without its end", png_bytes()[:-12], "damaged"),
    picture("PNG with a broken checksum", hostile.png_with_broken_checksum(), "damaged"),
    picture("truncated JPG", JPEG[: len(JPEG) // 2], "damaged", "picture.jpg", "image/jpeg"),
    picture("JPG without its end", JPEG[:-2], "damaged", "picture.jpg", "image/jpeg"),
    picture("truncated WebP", WEBP[: len(WEBP) // 2], "damaged", "picture.webp", "image/webp"),
    picture("animated PNG", hostile.animated("PNG"), "animated"),
    picture("animated WebP", hostile.animated("WEBP"), "animated", "picture.webp", "image/webp"),
    picture("decompression bomb", hostile.bomb(), "40 megapixels"),
    picture("smaller bomb", hostile.bomb(10_000, 10_000), "40 megapixels"),
    picture("one row too many", image_bytes(size=(8000, 5001), mode="1"), "40 megapixels"),
    picture("a text bomb inside", hostile.png_with_text_bomb(), "damaged"),
    picture("PNG and ZIP", png_bytes() + hostile.archive(), "more than an image"),
    picture("PNG and HTML", png_bytes() + hostile.HTML, "more than an image"),
    picture("JPG and ZIP", JPEG + hostile.archive(), "more than an image", "picture.jpg", "image/jpeg"),
    picture("JPG and another JPG", JPEG + JPEG, "more than an image", "picture.jpg", "image/jpeg"),
    picture("WebP and a program", WEBP + b"\x7fELF" + bytes(64), "more than an image", "p.webp", "image/webp"),
    picture("ZIP inside a PNG", hostile.png_holding(hostile.archive()), "more than an image"),
    picture("HTML inside a PNG", hostile.png_holding(hostile.HTML), "more than an image"),
    picture("HTML inside a JPG", hostile.jpeg_saying(hostile.HTML), "more than an image", "p.jpg", "image/jpeg"),
    picture("PDF inside a JPG", hostile.jpeg_saying(hostile.PDF), "more than an image", "p.jpg", "image/jpeg"),
    picture("21 MB", png_bytes() + bytes(21 * 1024 * 1024), "At most 20 MB"),
]
ALL = [*CHOICES, *TEXTS, *NUMBERS, *STRANGERS, *MISSING, *KEYFRAMES, *FILES]


@pytest.mark.parametrize("wrong", ALL, ids=lambda wrong: wrong.id)
def test_wrong_input_is_refused_at_its_field(mine, media, wrong):
    sent = form_of(wrong.model, wrong.mode, **wrong.values)
    answer = mine.post("/generate/", sent)

    assert answer.status_code == 422
    form = answer.context["form"]
    assert any(wrong.says in message for message in messages_at(form, wrong.at)), messages_at(form, wrong.at)
    assert escape(wrong.says) in answer.text
    assert not Generation.objects.exists()
    assert not ReferenceImage.objects.exists()
    assert files_in(media) == []
    for name, typed in sent.items():
        if isinstance(typed, str) and name in form.fields and not isinstance(form.fields[name], PictureField):
            assert form[name].value() == typed
    if "negative_prompt" not in wrong.values:
        assert "murky mist" in answer.text


def messages_at(form, place: str) -> list[str]:
    if not place:
        return form.non_field_errors()
    if place in form.fields:
        return form[place].errors
    _, number, cell = place.split("-")
    return form.keyframe_rows.forms[int(number)][cell].errors


def test_the_table_is_long_enough():
    assert len(ALL) >= 70
    assert len({wrong.id for wrong in ALL}) == len(ALL)


def test_all_faults_are_told_at_once(mine):
    answer = mine.post("/generate/", form_of(prompt="", steps="9", cfg_scale="6.3", tiling="1"))
    form = answer.context["form"]
    assert {"prompt", "steps", "cfg_scale", "__all__"} == set(form.errors)


def test_htmx_gets_the_form_alone(mine):
    answer = mine.post("/generate/", form_of(prompt=" "), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "cannot be blank" in answer.text
    assert "<html" not in answer.text
    assert "HX-Request" in answer.headers["Vary"]


def test_a_right_picture_beside_a_wrong_value_is_not_stored(mine, media):
    answer = mine.post("/generate/", form_of("pony", "image2image", steps="9"))
    assert answer.status_code == 422
    assert not ReferenceImage.objects.exists()
    assert files_in(media) == []


def test_refused_values_are_kept_for_the_model_that_takes_them(mine):
    answer = mine.post("/generate/", form_of("flux", cfg_scale="7.5"))
    assert 'name="kept-cfg_scale" value="7.5"' in answer.text


def test_somebody_elses_stored_picture_is_refused(mine, client_of, other):
    client_of(other).post("/generate/", form_of("pony", "image2image"))
    theirs = ReferenceImage.objects.get()
    answer = mine.post(
        "/generate/", form_of("pony", "image2image", reference_image=None, reference_image_stored=theirs.sha256)
    )
    assert answer.status_code == 422
    assert "not stored here" in answer.context["form"]["reference_image"].errors[0]


def test_somebody_elses_output_is_no_source(mine, other, make):
    theirs = make(other)
    sent = form_of("pony", "image2image", reference_image=None, reference_image_output=str(theirs.pk))
    assert mine.post("/generate/", sent).status_code == 422


BOUNDARY = "multipart/form-data; boundary=x"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", ["/generate/", "/compose/", "/estimate/"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", URLENCODED),
        (b"\x00\xff\xfe", URLENCODED),
        (b'{"model": "pony"}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data; name=", BOUNDARY),
        (b"no boundary at all", "multipart/form-data"),
        (b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n\xff\xfe\x00\r\n--x--\r\n', BOUNDARY),
        (b'--x\r\nContent-Disposition: form-data; name="\x00"; filename="\x00"\r\n\r\nx\r\n--x--\r\n', BOUNDARY),
        (b"model=pony&model=flux&keyframes-9999-image=1&keyframes-TOTAL_FORMS=x", URLENCODED),
        (b"model=pony&mode=text2image&shown_model=\x00&shown_mode=\x00&remix=\x00&kept-\x00=1", URLENCODED),
        (b"a=1&" * 500, URLENCODED),
        (b"prompt=" + b"x" * 2_000_000, URLENCODED),
        (b"model=pony&mode=text2image&prompt=%F0%28%8C%28", "application/x-www-form-urlencoded; charset=utf-16"),
    ],
)
def test_no_post_breaks_the_server(mine, path, body, content_type):
    answer = mine.generic("POST", path, body, content_type=content_type)
    assert answer.status_code in (200, 400, 413, 422)
    assert not Generation.objects.exists()
