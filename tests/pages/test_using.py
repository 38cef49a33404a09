"""What a form takes over from outputs: their seed, their words, their picture or any frame of a video."""

import io
import uuid

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from gallery.models import Output
from generation.catalogue import Image as ImageParameter
from generation.catalogue import Keyframes, models
from generation.models import Generation, ReferenceImage
from generation.picking import Picked
from generation.using import uses
from tests.browser.conftest import mp4_bytes
from tests.pages.conftest import form_of

FRAMES = 16


@pytest.fixture
def video(person, make) -> Output:
    """Each frame is redder than the one before."""
    return make(person, content=mp4_bytes(frames=FRAMES), model="anisora", mode="text2video", num_frames=FRAMES)


def compose(client, **fields):
    sent = {"shown_model": "pony", "shown_mode": "text2image", "model": "pony", "mode": "text2image", **fields}
    answer = client.post("/compose/", sent)
    assert answer.status_code == 200
    return answer.context["form"]


def test_every_mode_that_takes_pictures_is_offered_once():
    offered = {
        (mode.id, parameter.id)
        for model in models().values()
        for mode in model.modes
        for parameter in model.parameters_for(mode.id)
        if isinstance(parameter, ImageParameter | Keyframes)
    }
    found = uses("phr00t")
    assert {(use.mode.id, use.parameter.id) for use in found} == offered
    assert len(found) == len(offered)
    assert {use.model.id for use in found if use.mode.id == "first_last"} == {"phr00t"}


def test_each_way_opens_its_mode_with_the_picture_in_its_place(mine, video):
    for use in uses(video.model):
        form = mine.get("/", {"reference": video.pk, "as": use.id, "frame": 9}).context["form"]
        assert form.selection == use.selection
        bound = form.keyframe_rows.forms[0]["image"] if use.id.endswith("keyframes") else form[use.parameter.id]
        assert bound.picked == Picked(video.pk, 9)


def test_the_plain_name_of_a_picture_is_enough(mine, video):
    form = mine.get("/", {"reference": video.pk, "as": "last_frame"}).context["form"]
    assert (form.selection.model.id, form.selection.mode.id) == ("anisora", "first_last")
    assert form["last_frame"].picked == Picked(video.pk)


def test_exactly_the_frame_that_was_chosen_becomes_the_reference(mine, video):
    for frame in (3, 12):
        picture = {"reference_image": None, "reference_image_output": f"{video.pk}#{frame}"}
        assert mine.post("/generate/", form_of("phr00t", "image2video", **picture)).status_code == 303
        reference = ReferenceImage.objects.latest("pk")
        with reference.file.open("rb") as file:
            red, _green, _blue = Image.open(file).getpixel((32, 48))
        assert abs(red - frame * 8) <= 3
        assert reference.taken_from == video
        shown = Image.open(io.BytesIO(b"".join(mine.get(f"/gallery/{video.pk}/frames/{frame}"))))
        assert abs(shown.convert("RGB").getpixel((32, 48))[0] - frame * 8) <= 6


@pytest.mark.parametrize("frame", [16, 999_999])
def test_a_frame_that_is_not_there_is_told_at_its_field(mine, video, frame):
    picture = {"reference_image": None, "reference_image_output": f"{video.pk}#{frame}"}
    answer = mine.post("/generate/", form_of("phr00t", "image2video", **picture))
    assert answer.status_code == 422
    assert "the frames 0 to 15" in str(answer.context["form"].errors["reference_image"])
    assert mine.get(f"/gallery/{video.pk}/frames/{frame}").status_code == 404


@pytest.mark.parametrize("broken", [b"no video at all", None])
def test_a_video_that_cannot_be_read_any_more_is_told_at_its_field(mine, video, broken):
    with default_storage.open(video.file.name, "wb") as file:
        file.write(broken or b"")
    if broken is None:
        default_storage.delete(video.file.name)
    picture = {"reference_image": None, "reference_image_output": f"{video.pk}#3"}
    answer = mine.post("/generate/", form_of("phr00t", "image2video", **picture))
    assert answer.status_code == 422
    assert "not there any more" in str(answer.context["form"].errors["reference_image"])
    assert mine.get(f"/gallery/{video.pk}/frames/3").status_code == 404


@pytest.mark.parametrize(
    "query", ["as=prompt", "as=text2image.reference_image", "frame=16", "frame=-1", "frame=x", "frame=٣"]
)
def test_what_cannot_be_used_so_is_404(mine, video, query):
    assert mine.get(f"/?reference={video.pk}&{query}").status_code == 404


@pytest.mark.parametrize("name", ["seed_of", "prompt_of", "reference"])
def test_unknown_outputs_are_404(mine, client_of, other, make, name):
    for text in ("x", "", str(uuid.uuid4()), str(make(other).pk)):
        assert mine.get("/", {name: text}).status_code == 404
        assert mine.post("/compose/", {name: text}).status_code == 404


def test_a_seed_and_a_prompt_open_the_form_of_their_model(mine, person, make):
    output = make(person, model="flux", seed=4711, prompt="a quiet harbour", negative_prompt="mist")
    form = mine.get("/", {"seed_of": output.pk}).context["form"]
    assert (form.selection.model.id, form["seed"].value(), form["prompt"].value()) == ("flux", "4711", "")
    form = mine.get("/", {"prompt_of": output.pk}).context["form"]
    assert (form["prompt"].value(), form["negative_prompt"].value()) == ("a quiet harbour", "mist")
    assert form["seed"].value() == -1


def test_what_is_typed_stays_where_something_is_taken_over(mine, person, make, video):
    output = make(person, seed=4711, prompt="a quiet harbour")
    form = compose(mine, seed_of=output.pk, prompt="my own words", steps="44")
    assert [form[name].value() for name in ("seed", "prompt", "steps")] == ["4711", "my own words", "44"]
    form = compose(mine, prompt_of=output.pk, seed="9")
    assert [form[name].value() for name in ("seed", "prompt")] == ["9", "a quiet harbour"]
    form = compose(mine, reference=video.pk, frame="5", prompt="my own words", **{"as": "image2image.reference_image"})
    assert (form.selection.mode.id, form["prompt"].value()) == ("image2image", "my own words")
    assert form["reference_image"].picked == Picked(video.pk, 5)


def test_keyframes_come_one_after_the_other_where_there_is_room(mine, video):
    rows = {"keyframes-0-frame_index": "0", "keyframes-0-image_output": str(video.pk)}
    shown = {"shown_model": "anisora", "shown_mode": "arbitrary", "model": "anisora", "mode": "arbitrary"}
    for wanted in ("80", "40"):
        form = compose(mine, reference=video.pk, frame="7", **{"as": "keyframes"}, **shown, **rows)
        found = [row for row in form.keyframe_rows.forms if row["image"].picked]
        assert [found[-1]["frame_index"].value(), found[-1]["image"].picked] == [wanted, Picked(video.pk, 7)]
        rows = {
            f"keyframes-{number}-{name}": text
            for number, row in enumerate(found)
            for name, text in (("frame_index", row["frame_index"].value()), ("image_output", str(row["image"].picked)))
        }
    assert len(found) == 3


def test_a_hidden_prompt_is_not_handed_over(client_of, other, person, make):
    output = make(person, seed=4711)
    Output.objects.filter(pk=output.pk).update(rating="general", visibility="public", shows_prompt=False)
    his = client_of(other)
    assert his.get("/", {"prompt_of": output.pk}).status_code == 404
    assert his.get("/", {"seed_of": output.pk}).context["form"]["seed"].value() == "4711"
    assert his.get("/", {"reference": output.pk}).status_code == 200


# What is based on an output says what has changed since.


def fields_of(form) -> dict[str, bool]:
    """Whether each field is marked."""
    marks = {name: form.was(form.fields[name].parameter) for name in form.fields}
    return {name: was.changed for name, was in marks.items() if was}


def test_a_remix_has_changed_nothing_yet(mine, person, make):
    mine.post("/generate/", form_of("pony", "image2image", seed="5"))
    output = make(person, generation=Generation.objects.get())
    answer = mine.get("/", {"remix": output.pk})
    assert not any(fields_of(answer.context["form"]).values())
    assert set(fields_of(answer.context["form"])) >= {"prompt", "seed", "steps", "reference_image", "negative_prompt"}
    assert "Based on one of mira’s" in answer.content.decode()
    assert "data-changed" not in answer.content.decode()


def test_what_differs_is_marked_with_its_old_value_and_can_be_taken_back(mine, person, make):
    output = make(person, prompt="an old tram", seed=7, steps=30, cfg_scale=6.0)
    typed = {"remix": output.pk, "prompt": "a new tram", "seed": "7", "steps": "45", "cfg_scale": "6"}
    form = compose(mine, **typed)
    assert [name for name, changed in fields_of(form).items() if changed] == ["prompt", "steps"]
    assert form.was(form.fields["prompt"].parameter).shown == "an old tram"
    assert form.was(form.fields["steps"].parameter).shown == "30 · best"
    back = compose(mine, reset="steps", **typed)
    assert (back["steps"].value(), back["prompt"].value()) == ("30", "a new tram")
    refused = mine.post("/generate/", {"model": "pony", "mode": "text2image", **typed, "steps": "9999"})
    assert refused.status_code == 422
    assert fields_of(refused.context["form"])["steps"]


def test_rows_are_compared_and_taken_back_as_a_whole(mine, person, make, video):
    shown = {"shown_model": "anisora", "shown_mode": "arbitrary", "model": "anisora", "mode": "arbitrary"}
    picture = str(video.pk)
    rows = {"keyframes-0-frame_index": "0", "keyframes-0-image_output": picture}
    assert mine.post("/generate/", {"prompt": "a boat", **shown, **rows}).status_code == 303
    output = make(person, generation=Generation.objects.get(mode="arbitrary"))
    form = mine.get("/", {"remix": output.pk}).context["form"]
    assert not fields_of(form)["keyframes"]
    changed = compose(mine, remix=output.pk, prompt="a boat", **shown, **rows)
    assert fields_of(changed)["keyframes"]
    back = compose(mine, remix=output.pk, prompt="a boat", reset="keyframes", **shown, **rows)
    assert not fields_of(back)["keyframes"]


def test_another_model_is_told_beside_what_it_is_based_on(mine, person, make):
    output = make(person)
    answer = mine.post("/compose/", {"remix": output.pk, "shown_model": "pony", "model": "flux", "type": "image"})
    assert "It was made with Pony V6 XL: Text to image" in answer.content.decode()


@pytest.mark.parametrize("reset", ["", "nothing", "model"])
def test_resetting_what_is_no_field_changes_nothing(mine, person, make, reset):
    output = make(person)
    form = compose(mine, remix=output.pk, reset=reset, prompt="as typed")
    assert form["prompt"].value() == "as typed"
