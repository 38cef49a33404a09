"""Files of other tools, and of ours without their zip: what stands in the file is read, the rest is not taken."""

import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from containers import Embedded
from containers.stripping import strip
from gallery import rating, trash
from gallery.models import Output, Rating, Visibility
from generation import tasks, uploads
from generation.bringing.archives import Bounds
from generation.catalogue import models
from generation.engine.media import save
from generation.models import Generation
from generation.reading import infotext
from moderation.models import Refusal, Term
from people.models import Profile
from tests.conftest import image_bytes, png_bytes
from tests.pages.test_reading import FORGE, GRAPH, INVOKEAI, png

from .conftest import send, taken_out, whys, zip_of
from .world import film, made

A1111 = png(parameters=FORGE)


@pytest.mark.parametrize(
    ("content", "tool", "prompt", "seed", "told"),
    [
        (A1111, infotext.TOOL, "a fox, <b>bold</b> snow\n(soft light:1.2)", 99, {"steps": 28, "clip_skip": 2}),
        (png(prompt=json.dumps(GRAPH)), "ComfyUI", "a lighthouse", 77, {"steps": 20}),
        (png(invokeai_metadata=json.dumps(INVOKEAI)), "InvokeAI", "a robot", 99, {"steps": 30}),
    ],
)
def test_what_other_tools_say_is_read_as_far_as_it_maps(bring, content, tool, prompt, seed, told):
    answer = bring(their_png=content)
    assert answer.status_code == 200
    (line,) = answer.context["report"].came
    output = Output.objects.get(pk=line.output)
    assert (output.imported, output.visibility, output.rating) == (True, Visibility.PRIVATE, Rating.UNRATED)
    assert (output.model, output.prompt, output.seed) == ("pony", prompt, seed)
    assert output.parameters.items() >= told.items()
    assert output.receipt["brought_in"]["tool"] == tool
    assert output.receipt["brought_in"]["texts"]
    assert (output.width, output.height, output.type, output.format) == (64, 48, "image", "png")
    pixels = Image.open(io.BytesIO(content)).convert("RGB").tobytes()
    assert output.pixel_sha256 == hashlib.sha256(pixels).hexdigest()
    with output.file.open("rb") as file:
        assert file.read() == content
    assert output.poster.size > 0


@pytest.mark.parametrize("text", [FORGE, json.dumps({"prompt": GRAPH})], ids=["A1111", "ComfyUI"])
@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_a_video_is_kept_with_a_model_that_makes_videos(hers, tmp_path, format, text):
    save(film(5, 1), tmp_path / "theirs", format, 8, Embedded(text, ""))
    (line,) = send(hers, {f"theirs.{format}": (tmp_path / "theirs").read_bytes()}).context["report"].came
    output = Output.objects.get(pk=line.output)
    assert output.receipt["brought_in"]["tool"] != "MediaGen"
    assert (output.type, models()[output.model].type, output.mode) == ("video", "video", "text2video")
    assert output.parameters["type"] == "video"
    form = hers.get("/", {"remix": line.output}).context["form"]
    assert form.selection.model.type == "video"
    assert hers.post(reverse("rerun", args=[line.output])).status_code == 303
    assert Generation.objects.get().parameters["type"] == "video"


def test_a_record_that_claims_another_kind_of_file_is_read_as_far_as_it_fits(hers, person, other, media, tmp_path):
    made(other, tmp_path, "mp4", 5)
    files = taken_out(other)
    name = next(name for name in files if name.startswith("outputs/") and name.endswith(".json"))
    said = json.loads(files[name])
    said["parameters"] |= {"type": "image", "model": "pony", "mode": "text2image"}
    files[name] = json.dumps(said).encode()
    assert send(hers, {"all.zip": zip_of(files)}).status_code == 200
    brought = Output.objects.get(owner=person)
    assert (brought.type, models()[brought.model].type, brought.parameters["type"]) == ("video",) * 3


def test_its_page_says_that_it_was_brought_in_and_the_form_takes_it(bring, hers):
    (line,) = bring(their_png=A1111).context["report"].came
    page = hers.get(reverse("output", args=[line.output])).content.decode()
    assert "This site did not make it" in page
    assert "ponyDiffusionV6XL_v6StartWithThisOne" in page
    assert hers.get("/", {"remix": line.output}).status_code == 200
    assert hers.post(reverse("rerun", args=[line.output])).status_code == 303


@pytest.mark.parametrize("format", ["png", "jpg", "mp4", "webm", "gif"])
def test_a_file_of_ours_says_all_of_its_request(hers, person, other, media, tmp_path, format):
    output = made(other, tmp_path, format, 5)
    answer = send(hers, {f"renamed.{format}": (tmp_path / f"5.{format}").read_bytes()})
    brought = Output.objects.get(pk=answer.context["report"].came[0].output)
    assert brought.owner == person
    assert brought.parameters == output.parameters
    same = ("type", "model", "mode", "prompt", "seed", "format", "bytes", "sha256", "width", "height", "frames", "fps")
    assert [getattr(brought, name) for name in same] == [getattr(output, name) for name in same]
    assert (brought.pixel_sha256 == output.pixel_sha256) == (format == "png")  # the others lose a little
    assert brought.imported


def test_a_zip_of_other_tools_files_comes_in_with_a_line_for_each(bring):
    files = {
        "day one/a.png": A1111,
        "day one/a.txt": b"what stands beside it",
        "../../etc/passwd": b"root",
        "copy of a.png": A1111,
        "photo.jpg": image_bytes("JPEG"),
        "inner.zip": zip_of({"b.png": A1111}),
        "__MACOSX/._a.png": b"x",
    }
    report = bring(theirs_zip=zip_of(files)).context["report"]
    assert [line.name for line in report.came] == ["day one/a.png"]
    assert [line.name for line in report.there] == ["copy of a.png"]
    assert report.there[0].output == report.came[0].output
    assert {line.name: line.why for line in report.refused} == {
        "../../etc/passwd": "This is no PNG, JPG, WebP, GIF, MP4 or WebM file.",
        "photo.jpg": "There are no generation parameters in this file.",
        "inner.zip": "A zip within a zip is not opened: unpack it first.",
    }


def test_the_same_file_twice_is_one(bring):
    assert len(bring(a_png=A1111, b_png=A1111).context["report"].came) == 1
    again = bring(c_png=A1111)
    assert (again.status_code, again.context["report"].came, len(again.context["report"].there)) == (200, [], 1)
    assert Output.objects.count() == 1


def test_what_lies_in_the_trash_comes_out_of_it(bring, person):
    (line,) = bring(a_png=A1111).context["report"].came
    trash.trash(person, [line.output])
    answer = bring(b_png=A1111, c_png=A1111)
    report = answer.context["report"]
    assert (answer.status_code, report.came) == (200, [])
    assert [there.output for there in (*report.restored, *report.there)] == [line.output, line.output]
    assert "Restored from the trash" in answer.content.decode()
    assert Output.objects.get().trashed_at is None


def test_of_two_copies_the_one_in_the_trash_stays_there(bring, person):
    first, second = (
        Output.objects.get(pk=bring(**{name: file}).context["report"].came[0].output)
        for name, file in (("a_png", A1111), ("b_png", png(prompt=json.dumps(GRAPH))))
    )
    Output.objects.filter(pk=second.pk).update(sha256=first.sha256)
    trash.trash(person, [first.pk])
    report = bring(c_png=A1111).context["report"]
    assert ([line.output for line in report.there], report.restored) == ([second.pk], [])
    assert Output.objects.get(pk=first.pk).trashed_at


def test_a_picture_of_what_was_brought_in_counts_as_uploaded(bring, person, ask):
    (line,) = bring(their_png=A1111).context["report"].came
    brought = Output.objects.get(pk=line.output)
    taken = uploads.keep(person, uploads.picture_of(brought))
    assert (taken.made_here, taken.taken_from) == (False, brought)
    assert tasks._from_photograph(ask(person, mode="image2image", reference_image=taken.sha256))


def test_words_that_the_policy_refuses_stay_out_and_are_logged(bring, media, person):
    Term.objects.create(phrase="lighthouse", does=Term.Does.BLOCK)
    answer = bring(a_png=png(prompt=json.dumps(GRAPH)), b_png=A1111)
    assert len(answer.context["report"].came) == 1
    assert whys(answer) == ["The operators of this site do not allow this here: lighthouse."]
    assert Refusal.objects.values_list("where", "person").get() == ("import", person.pk)
    assert len(list(media.rglob("*.png"))) == 1


def test_it_is_rated_by_what_it_shows(bring):
    (line,) = bring(their_png=A1111).context["report"].came
    rated = rating.rate_next()
    assert rated is not None
    assert (rated.pk, rated.rating) == (line.output, Rating.GENERAL)


def test_others_get_it_without_what_the_file_says(bring, client_of, other):
    texts = {"parameters": "a fox\nSteps: 20, Seed: 1", "private": "C:/Users/mira/secrets"}
    assert len(bring(a_webp=webp(texts), their_png=png(**texts)).context["report"].came) == 2
    for output in Output.objects.all():
        Output.objects.filter(pk=output.pk).update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC)
        his = client_of(other)
        for path in (".json", "/file", "/download", "/"):
            answer = his.get(f"/gallery/{output.pk}{path}")
            content = b"".join(answer) if answer.streaming else answer.content
            assert answer.status_code == 200
            assert b"secrets" not in content
            assert b"Steps: 20" not in content


def webp(texts: dict[str, str]) -> bytes:
    exif = Image.Exif()
    exif[0x9286] = b"UNICODE\0" + "\n".join(texts.values()).encode("utf-16-be")
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + texts["parameters"].encode("utf-16-be")
    return image_bytes("WEBP", exif=exif)


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_is_stripped_without_changing_a_pixel(tmp_path, lossless, mode):
    picture = Image.effect_noise((40, 30), 60).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize((40, 30)))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", lossless=lossless, exif=b"Exif\0\0secret", xmp=b"<secret/>")
    strip(io.BytesIO(buffer.getvalue()), tmp_path / "bare", "webp")
    bare = (tmp_path / "bare").read_bytes()
    assert b"secret" not in bare
    assert b"trainedAlgorithmicMedia" in bare
    assert Image.open(io.BytesIO(bare)).tobytes() == Image.open(io.BytesIO(buffer.getvalue())).tobytes()


def test_a_full_storage_takes_no_more(bring, settings):
    settings.STORAGE_QUOTA = 100
    answer = bring(their_png=A1111)
    assert answer.status_code == 422
    assert whys(answer) == ["Your storage is full. Delete something for good, then bring this in."]


def test_who_is_paused_brings_nothing(hers, person):
    Profile.objects.create(user=person, paused_until=timezone.now() + timedelta(days=1))
    answer = send(hers, {"a.png": A1111})
    assert answer.status_code == 422
    assert "paused you until" in answer.content.decode()
    assert not Output.objects.exists()


def test_the_page_asks_for_files(hers):
    page = hers.get("/gallery/import/").content.decode()
    assert 'type="file"' in page
    assert "multiple" in page
    answer = hers.post("/gallery/import/")
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.content.decode()


def test_too_often_is_too_often(hers, settings):
    settings.ACCOUNT_RATE_LIMITS = {"upload": "1/m/user"}
    assert send(hers, {"a.png": A1111}).status_code == 200
    assert send(hers, {"b.png": png_bytes()}).status_code == 429


def test_what_was_too_much_is_brought_in_by_sending_it_again(hers, person, monkeypatch):
    files = {f"{n}.png": png(parameters=f"a fox\nSteps: 20, Seed: {n}") for n in range(5)}
    monkeypatch.setattr(Bounds, "of_a_request", classmethod(lambda cls: cls(files=2)))
    for came, there, left in ((2, 0, 3), (2, 2, 1), (1, 4, 0)):
        report = send(hers, {"all.zip": zip_of(files)}).context["report"]
        assert (len(report.came), len(report.there), report.left) == (came, there, left)
    assert "left" not in send(hers, {"all.zip": zip_of(files)}).content.decode().split("<form")[1]
