"""Parameters out of files: ours come back exactly, other tools' as near as it goes, and no file breaks the page."""

import io
import json
import random
import time
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from containers import Embedded
from generation.catalogue import models
from generation.engine.infotext import infotext
from generation.engine.media import save
from generation.models import Generation, ReferenceImage
from generation.reading import comfyui
from generation.reading.found import Unreadable
from generation.reading.mapping import Here, Taken, take_over
from generation.reading.preview import MAX_LEFT
from generation.reading.tools import understand
from generation.request import Request, parse
from tests.conftest import png_bytes
from tests.pages import hostile
from tests.pages.conftest import form_of, upload

FORGE = """a fox, <b>bold</b> snow
(soft light:1.2)
Negative prompt: blurry
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.25, Seed: 99, Size: 832x1216, \
Model: ponyDiffusionV6XL_v6StartWithThisOne, Clip skip: 2, Lora hashes: "snow: 1a2b, fog: c", \
Denoising strength: 0.35, Hires upscale: 2, Version: v1.10.1"""
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            **{"seed": ["13", 0], "steps": 20, "cfg": 8, "sampler_name": "euler_ancestral", "scheduler": "normal"},
            **{"denoise": 1, "model": ["4", 0], "positive": ["50", 0], "negative": ["50", 1], "latent_image": ["5", 0]},
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse", "clip": ["11", 0]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["12", 0], "clip": ["11", 0]}},
    "11": {"class_type": "CLIPSetLastLayer", "inputs": {"stop_at_clip_layer": -3, "clip": ["4", 1]}},
    "12": {"class_type": "PrimitiveString", "inputs": {"value": "fog"}},
    "13": {"class_type": "PrimitiveInt", "inputs": {"value": 77}},
    "50": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["6", 0], "negative": ["7", 0]}},
    "60": {"class_type": "LoraLoader", "inputs": {"lora_name": "snow.safetensors"}},
}
FLUX_GRAPH = {
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a teapot", "clip": ["11", 0]}},
    "12": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors"}},
    "13": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {"noise": ["25", 0], "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["17", 0]},
    },
    "16": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "17": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 20, "model": ["12", 0]}},
    "22": {"class_type": "BasicGuider", "inputs": {"model": ["12", 0], "conditioning": ["26", 0]}},
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 2197}},
    "26": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["6", 0]}},
    "27": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 512}},
}
INVOKEAI = {
    **{"positive_prompt": "a robot", "negative_prompt": "rust", "width": 1024, "height": 768, "seed": 99},
    **{"cfg_scale": 5.5, "steps": 30, "scheduler": "dpmpp_2m_k", "app_version": "5.1"},
    "model": {"key": "x", "name": "Juggernaut XL v9", "base": "sdxl", "type": "main"},
}


def png(**texts: str) -> bytes:
    chunks = PngInfo()
    for name, text in texts.items():
        chunks.add_itxt(name, text)
    return png_bytes(pnginfo=chunks)


def jpeg(comment: str) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.UserComment: b"UNICODE\0" + comment.encode("utf-16-be")}
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def webp(**graphs: str) -> bytes:
    exif = Image.Exif()
    for tag, (name, graph) in zip((0x0110, 0x010F), graphs.items(), strict=False):
        exif[tag] = f"{name}:{graph}"
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "WEBP", exif=exif)
    return buffer.getvalue()


def made_here(folder, request: Request) -> bytes:
    frames = np.zeros((1 if request.type == "image" else 16, 32, 32, 3), dtype=np.uint8)
    embedded = Embedded(infotext(request), json.dumps(request.to_json(), ensure_ascii=False))
    save(frames, folder / "made", request["output_format"], request.get("fps", 0), embedded)
    return (folder / "made").read_bytes()


def read(client, content: bytes | None, **form: Any):
    file = {} if content is None else {"file": SimpleUploadedFile("file", content)}
    return client.post("/read/", {**form, **file})


class Hidden(HTMLParser):
    """The fields with which the preview fills the form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self.inside = given.get("class") == "read-fill"
        elif tag == "input" and self.inside and given["name"] != "csrfmiddlewaretoken":
            self.fields[str(given["name"])] = given["value"] or ""


def offered(answer) -> dict[str, str]:
    assert answer.status_code == 200, answer.content
    return Hidden(answer.content.decode()).fields


def changes(answer) -> dict[str, tuple[str, str]]:
    return {change.id: (change.old, change.new) for change in answer.context["preview"].changes}


def taken(**texts: str) -> Taken:
    found = understand(texts)
    assert found is not None
    return take_over(found, Here(lambda sha256: False, lambda model: ["ink", "fog"]))


def left(mapped: Taken) -> dict[str, str]:
    return {each.name: each.value for each in mapped.left}


FORMATS = [
    ("png", "pony", "image2image"),
    ("jpg", "flux", "text2image"),
    ("mp4", "anisora", "arbitrary"),
    ("webm", "phr00t", "first_last"),
    ("gif", "anisora", "text2video"),
]


@pytest.mark.parametrize(("format", "model", "mode"), FORMATS)
def test_a_file_made_here_asks_for_itself_again(mine, tmp_path, format, model, mode):
    """Every parameter, pictures too, through the preview and the form back into a request."""
    odd = {"prompt": 'a fox, "quoted" & <b>ёлка</b>\nSteps: 3', "negative_prompt": "Negative prompt: fog", "seed": 4711}
    assert mine.post("/generate/", form_of(model, mode, output_format=format, **odd)).status_code == 303
    asked = Generation.objects.get()
    answer = read(mine, made_here(tmp_path, parse(asked.parameters)))
    assert answer.context["preview"].tool == "MediaGen"
    assert answer.context["preview"].left == []
    assert mine.post("/compose/", offered(answer)).status_code == 200
    assert mine.post("/generate/", offered(answer)).status_code == 303
    again = Generation.objects.exclude(pk=asked.pk).get()
    assert again.parameters == asked.parameters


def test_another_persons_pictures_are_not_taken(mine, client_of, other, tmp_path):
    client_of(other).post("/generate/", form_of("pony", "image2image"))
    content = made_here(tmp_path, parse(Generation.objects.get().parameters))
    answer = read(mine, content)
    assert [each.name for each in answer.context["preview"].left] == ["Reference image"]
    assert "reference_image_stored" not in offered(answer)
    assert ReferenceImage.objects.get().sha256 not in answer.content.decode()


@pytest.mark.parametrize("content", [png(parameters=FORGE), jpeg(FORGE)], ids=["png", "jpg"])
def test_forge(mine, content):
    answer = read(mine, content)
    fields = offered(answer)
    assert fields["prompt"] == "a fox, <b>bold</b> snow\n(soft light:1.2)"
    assert fields["negative_prompt"] == "blurry"
    assert (fields["model"], fields["mode"]) == ("pony", "text2image")
    assert (fields["steps"], fields["seed"], fields["clip_skip"]) == ("28", "99", "2")
    assert (fields["sampler"], fields["cfg_scale"]) == ("DPM++ 2M Karras", "7.0")
    assert (fields["width"], fields["height"]) == ("768", "1024")
    remarks = {change.id: change.remark for change in answer.context["preview"].changes}
    assert remarks["width"].startswith("832 is not offered")
    assert not remarks["sampler"]
    names = {each.name: each.value for each in answer.context["preview"].left}
    assert names["Lora hashes"] == "snow: 1a2b, fog: c"
    assert names["Denoising strength"] == "0.35"
    assert "<b>bold" not in answer.content.decode()


def test_a_second_negative_prompt_and_no_sampler():
    mapped = taken(parameters="a\nNegative prompt: b\nNegative prompt: c\nSteps: 20, Seed: 3, Size: 512x512, lonely")
    assert mapped.typed["negative_prompt"] == "b\nNegative prompt: c"
    assert left(mapped) == {"lonely": ""}


@pytest.mark.parametrize(
    "content",
    [png(prompt=json.dumps(GRAPH)), webp(prompt=json.dumps(GRAPH)), png(parameters=json.dumps({"prompt": GRAPH}))],
    ids=["png", "webp", "comment"],
)
def test_comfyui(mine, content):
    fields = offered(answer := read(mine, content))
    assert (fields["prompt"], fields["negative_prompt"]) == ("a lighthouse", "fog")
    assert (fields["seed"], fields["steps"], fields["cfg_scale"]) == ("77", "20", "8.0")
    assert (fields["sampler"], fields["clip_skip"]) == ("Euler a", "3")
    assert (fields["width"], fields["height"]) == ("512", "768")
    assert fields["model"] == "pony"
    names = {each.name: each.value for each in answer.context["preview"].left}
    assert names["LoraLoader (60)"] == "lora_name: snow.safetensors"


def test_comfyui_with_custom_samplers():
    mapped = taken(prompt=json.dumps(FLUX_GRAPH))
    assert mapped.selection.model.id == "flux"
    asked = {"prompt": "a teapot", "seed": "2197", "steps": "20", "sampler": "Euler", "guidance_scale": "3.5"}
    assert asked.items() <= mapped.typed.items()
    assert (mapped.typed["width"], mapped.typed["height"]) == ("1024", "512")
    assert left(mapped) == {}


@pytest.mark.parametrize("count", [comfyui.MAX_NODES + 1, comfyui.MAX_SAMPLERS + 1])
def test_a_graph_beyond_measure_is_not_walked(count):
    many = {str(number): GRAPH["3"] for number in range(count)}
    with pytest.raises(Unreadable):
        comfyui.read(json.dumps(many))


@pytest.mark.parametrize(
    "texts",
    [
        {"parameters": "Steps: 1," + " " * 1_000_000},
        {"parameters": "Steps: 1, " + 'a:"b,' * 200_000},
        {"Dream": '"a"' + " " * 1_000_000},
        {"sd-metadata": json.dumps({"image": {"sampler": "x", "prompt": [{"prompt": "[a]" * 1000}] * 100}})},
    ],
    ids=["spaces", "quotes", "dream", "prompts"],
)
def test_texts_made_to_take_long_are_not_read_to_their_end(texts):
    began = time.process_time()
    with pytest.raises(Unreadable):
        understand(texts)
    assert time.process_time() - began < 1


def test_of_very_many_strangers_some_are_shown_and_the_rest_counted(mine):
    answer = read(mine, png(mediagen=json.dumps({"model": "pony", **{f"x{number}": 1 for number in range(1000)}})))
    rows = answer.context["preview"].left
    assert (len(rows), rows[-1].why) == (MAX_LEFT + 1, "800 more like these.")


def test_invokeai(mine):
    answer = read(mine, png(invokeai_metadata=json.dumps(INVOKEAI)))
    fields = offered(answer)
    assert (fields["prompt"], fields["negative_prompt"]) == ("a robot", "rust")
    assert (fields["sampler"], fields["cfg_scale"], fields["height"]) == ("DPM++ 2M Karras", "5.5", "768")
    (model,) = [change for change in answer.context["preview"].changes if change.id == "model"]
    assert (model.new, model.remark.split(" is not")[0]) == ("Pony V6 XL", "Juggernaut XL v9")


def test_invokeai_of_old():
    mapped = taken(Dream='"a robot [rust]" -s 30 -S 99 -W 512 -H 768 -C 7.5 -A k_euler_a')
    assert mapped.typed["sampler"] == "Euler a"
    assert mapped.typed["negative_prompt"] == "rust"


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("flux1-dev-fp8.safetensors", "flux"),
        ("wan2.2-rapid-mega-aio-v12.safetensors", "phr00t"),
        ("models/ponyDiffusionV6XL_v6StartWithThisOne.safetensors", "pony"),
        ("v1-5-pruned-emaonly.ckpt", "pony"),
        *((model.name, model.id) for model in models().values()),
    ],
)
def test_the_nearest_model(name, model):
    frames = "" if models()[model].type == "image" else ", Frames: 49"
    mapped = taken(parameters=f"a fox\nSteps: 20, Seed: 3, Model: {name}{frames}")
    assert mapped.selection.model.id == model
    known = (models()[model].name, models()[model].source.file.rpartition("/")[2])
    assert ("model" in mapped.remarks) == (name.rpartition("/")[2] not in known)


@pytest.mark.parametrize("format", ["mp4", "webm", "gif"])
def test_what_stands_in_a_video_is_for_a_model_that_makes_videos(mine, tmp_path, format):
    save(np.zeros((5, 32, 32, 3), dtype=np.uint8), tmp_path / "theirs", format, 8, Embedded(FORGE, ""))
    fields = offered(read(mine, (tmp_path / "theirs").read_bytes()))
    assert (fields["type"], models()[fields["model"]].type) == ("video", "video")


def test_a_still_can_be_the_first_frame_of_a_video():
    mapped = taken(parameters="a fox\nSteps: 20, Seed: 3, Model: Phr00t, Length: 49")
    assert mapped.selection.model.type == "video"


def test_what_cannot_be_asked_for_is_listed_with_its_reason():
    text = "a fox\nSteps: 90, Sampler: UniPC, Seed: 4294967295, CFG scale: abc, Frames per second: 16, Model: pony"
    mapped = taken(parameters=text)
    reasons = {each.name: each.why.message % each.why.params for each in mapped.left}
    assert mapped.typed == {"prompt": "a fox", "steps": "50", "loras-0-name": ""}
    assert reasons["Sampler"] == "This model has no such sampler."
    assert reasons["Seed"] == "Seeds are whole numbers up to 2147483647 here."
    assert reasons["CFG scale"] == "Enter a number."
    assert reasons["Frames per second"] == "Does not apply to Pony V6 XL in this mode."


def test_the_preview_compares_with_the_form_and_keeps_the_rest_of_it(mine):
    shown = {"shown_model": "pony", "shown_mode": "text2image", "type": "image"}
    form = {**form_of(seed=99, steps=41, batch_size=3, **shown), "kept-motion_score": "4.5"}
    answer = read(mine, png(parameters=FORGE), **form)
    seen = changes(answer)
    assert seen["prompt"][0] == "a small robot waters a garden"
    assert seen["steps"] == ("41 · slow", "28 · best")
    assert not {"seed", "model", "mode"} & seen.keys()
    assert answer.context["preview"].unchanged > 2
    assert offered(answer)["batch_size"] == "3"
    assert offered(answer)["kept-motion_score"] == "4.5"


def test_htmx_gets_the_outcome_alone_and_nothing_is_kept(mine, media):
    file = {"file": SimpleUploadedFile("file", png(parameters=FORGE))}
    answer = mine.post("/read/", file, headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert b"Fill the form" in answer.content
    assert not ReferenceImage.objects.exists()
    assert [*media.rglob("*")] == []


def test_only_for_those_who_are_signed_in(client, db):
    assert client.get("/read/").status_code == 302
    assert read(client, png(parameters=FORGE)).status_code == 302


REFUSED = {
    "no file": (None, "Choose a file."),
    "empty": (b"", "This file is empty."),
    "text": (b"Steps: 20", "Parameters are read from PNG, JPG, WebP, GIF, MP4 and WebM files."),
    "svg": (hostile.SVG, "Parameters are read from"),
    "nothing in it": (png_bytes(), "There are no generation parameters in this file."),
    "bomb": (hostile.bomb(), "At most 40 megapixels"),
    "text bomb": (hostile.png_with_text_bomb(), "This image is damaged"),
    "cut off": (png(parameters=FORGE)[:-40], "This image is damaged"),
    "mp4": (b"\0\0\0\x18ftypmp42" + b"\0" * 60, "This file is damaged"),
    "webm": (b"\x1aE\xdf\xa3" + b"\xff" * 60, "This file is damaged"),
    "gif": (b"GIF89a" + b"\xff" * 60, "This file is damaged"),
    "deep json": (png(prompt="[" * 200_000), "not in a form that is known"),
    "deep metadata": (png(invokeai_metadata='{"a":' * 100_000), "not in a form that is known"),
    "no graph": (png(prompt='{"1": {"class_type": 3, "inputs": {"text": ["1", 0]}}}'), "not in a form that is known"),
    "much text": (png(a="x" * 900_000, b="x" * 900_000, c="x" * 900_000, d="x" * 900_000, e="x" * 900_000), "too long"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_reason(mine, case):
    content, says = REFUSED[case]
    answer = read(mine, content)
    assert answer.status_code == 422
    assert says in answer.context["error"]


def test_a_video_beyond_the_limit_is_refused(mine, settings, tmp_path):
    settings.UPLOAD_MAX_VIDEO_MEGABYTES = 0
    content = made_here(tmp_path, parse({"model": "phr00t", "mode": "text2video", "prompt": "a fox"}))
    assert "At most 0 MB" in read(mine, content).context["error"]


STRANGE: list[dict[str, Any]] = [
    {"model": [1], "mode": {}, "prompt": ["x"], "seed": {"a": 1}, "width": -1e25, "keyframes": "x", "fps": True},
    {"model": "pony", "prompt": "\ud800\x00", "negative_prompt": "\ud800" * 2500, "steps": 1e999, "zz\ud800": "\ud800"},
    {"model": "anisora", "mode": "arbitrary", "keyframes": [{"frame_index": 10**30, "image": None}, 3]},
    {"model": "phr00t", "steps": "9" * 4000, "num_frames": "1e9999999", "cfg_scale": "NaN", "seed": "-Infinity"},
]


@pytest.mark.parametrize("number", range(len(STRANGE)))
def test_strange_values_end_as_values_or_reasons(mine, number):
    answer = read(mine, png(mediagen=json.dumps(STRANGE[number])))
    fields = offered(answer)
    answer.content.decode()
    assert mine.post("/compose/", fields).status_code == 200


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow tells the log what it passes over
@pytest.mark.parametrize("format", ["png", "jpg", "mp4", "webm", "gif"])
def test_no_damage_breaks_the_page(mine, tmp_path, format):
    model = "pony" if format in ("png", "jpg") else "phr00t"
    mode = "text2image" if model == "pony" else "text2video"
    request = parse({"model": model, "mode": mode, "prompt": "a fox", "output_format": format})
    whole = made_here(tmp_path, request)
    chance = random.Random(7)
    for _ in range(25):
        broken = bytearray(whole[: chance.randrange(12, len(whole))] if chance.random() < 0.4 else whole)
        for _ in range(chance.randrange(1, 12)):
            broken[chance.randrange(4, len(broken))] = chance.randrange(256)
        assert read(mine, bytes(broken)).status_code in (200, 422)


def test_the_guide_and_the_form_say_what_a_gif_can_play(mine):
    for page in ("/guide/", "/?model=phr00t&mode=text2video"):
        html = mine.get(page).content.decode()
        assert "8 fps: 12 or 13 hundredths of a second a frame, 12.5 on average" in html
    assert "hundredths" not in mine.get("/?model=pony&mode=text2image").content.decode()


def test_a_gifs_page_says_how_it_plays(mine, make, person):
    gif = make(person, model="phr00t", mode="text2video", output_format="gif", fps=24)
    assert "24 fps: 4 or 5 hundredths" in mine.get(f"/gallery/{gif.pk}/").content.decode()


def test_the_upload_is_read_from_its_start_whatever_its_name(mine):
    assert offered(mine.post("/read/", {"file": upload(png(parameters=FORGE), "notes.txt", "text/plain")}))
