"""Switching type, model and mode, presets, remix and 'use as reference': nothing typed is lost."""

import uuid

import pytest

from generation.catalogue import models
from generation.models import Generation, ReferenceImage
from generation.picking import Picked
from generation.rows import BLANK_ROWS
from tests.pages.conftest import form_of, keyframes, upload

HTMX = {"HX-Request": "true"}


def compose(client, shown: tuple[str, str], **fields):
    """The form after a switch: `fields` on top of what the shown form would send."""
    sent = {"shown_model": shown[0], "shown_mode": shown[1], "model": shown[0], "mode": shown[1], **fields}
    answer = client.post("/compose/", sent)
    assert answer.status_code == 200
    return answer.context["form"]


def values(form) -> dict[str, str]:
    return {name: str(form[name].value()) for name in form.fields}


def test_every_model_and_mode_has_its_fields(mine):
    for model in models().values():
        for mode in model.modes:
            form = compose(mine, (model.id, mode.id))
            assert list(form.fields) == [parameter.id for parameter in model.parameters_for(mode.id)]
            assert not form.is_bound


def test_a_default_becomes_the_new_default(mine):
    form = compose(mine, ("pony", "text2image"), model="flux", steps="30", width="1024", sampler="Euler a")
    assert values(form)["steps"] == "25"
    form = compose(mine, ("pony", "text2image"), type="video", width="1024", steps="30")
    assert values(form)["width"] == "512"


def test_a_typed_value_stays_where_it_is_valid(mine):
    form = compose(mine, ("pony", "text2image"), model="flux", steps="45", prompt="a lighthouse", seed="12")
    assert values(form) | {"steps": "45", "prompt": "a lighthouse", "seed": "12"} == values(form)


def test_what_does_not_apply_is_kept_and_comes_back(mine):
    away = compose(
        mine, ("pony", "text2image"), model="flux", cfg_scale="9.5", clip_skip="2", sampler="DPM++ SDE Karras"
    )
    assert "cfg_scale" not in away.fields
    assert away.filling.kept == {"cfg_scale": "9.5", "sampler": "DPM++ SDE Karras"}
    assert '<input type="hidden" name="kept-cfg_scale" value="9.5">' in list(away.hidden)
    kept = {f"kept-{name}": value for name, value in away.filling.kept.items()}
    back = compose(mine, ("flux", "text2image"), model="pony", sampler="Euler", **kept)
    assert values(back)["cfg_scale"] == "9.5"
    assert values(back)["sampler"] == "DPM++ SDE Karras"
    assert back.filling.kept == {}


def test_a_fixed_parameter_keeps_what_was_typed_for_others(mine):
    away = compose(mine, ("pony", "text2image"), type="video", steps="45")
    assert values(away)["steps"] == "8"
    assert away.filling.kept["steps"] == "45"
    stay = compose(mine, ("anisora", "text2video"), mode="first_last", **{"kept-steps": "45"})
    assert stay.filling.kept["steps"] == "45"


def test_a_half_typed_value_stays_in_its_own_field(mine):
    form = compose(mine, ("pony", "text2image"), mode="image2image", steps="4", prompt="")
    assert values(form)["steps"] == "4"


def test_the_type_wins_over_the_model_of_the_old_one(mine):
    form = compose(mine, ("pony", "image2image"), type="video")
    assert (form.selection.model.id, form.selection.mode.id) == ("anisora", "image2video")
    assert [option.id for option in form.chooser.models] == ["anisora", "phr00t"]
    assert [option.id for option in form.chooser.models if option.selected] == ["anisora"]


def test_a_mode_that_the_model_lacks_gives_way_to_the_first(mine):
    form = compose(mine, ("anisora", "arbitrary"), model="phr00t")
    assert form.selection.mode.id == "text2video"


def test_pictures_and_keyframes_survive_a_detour(mine, make, person):
    source = make(person)
    rows = {"keyframes-0-frame_index": "8", "keyframes-0-image_output": str(source.pk)}
    away = compose(mine, ("anisora", "arbitrary"), mode="text2video", **rows)
    kept = {f"kept-{name}": value for name, value in away.filling.kept.items()}
    back = compose(mine, ("anisora", "text2video"), mode="arbitrary", **kept)
    row, *_blank = back.keyframe_rows.forms
    assert row["frame_index"].value() == "8"
    assert row["image"].picked == Picked(source.pk)


def test_keyframes_start_with_one_row_and_blank_ones(mine):
    row, *blank = compose(mine, ("anisora", "arbitrary")).keyframe_rows.forms
    assert row["frame_index"].value() == "0"
    assert [form["frame_index"].value() for form in blank] == [""] * BLANK_ROWS


def test_presets_fill_the_form_within_the_models_ranges(mine, person, make):
    make(person, seed=4711)
    quick = values(compose(mine, ("pony", "text2image"), preset="quick", prompt="a fox dances", seed="9"))
    assert quick | {"width": "512", "steps": "20", "seed": "-1", "cfg_scale": "6.5", "prompt": "a fox dances"} == quick
    final = values(compose(mine, ("pony", "text2image"), preset="final"))
    assert final | {"width": "1024", "sampler": "DPM++ 2M Karras", "seed": "4711"} == final
    experiment = values(compose(mine, ("anisora", "image2video"), preset="experiment"))
    assert experiment | {"motion_score": "4.5", "denoising_strength": "0.55", "guidance_scale": "1.0"} == experiment


def test_an_unknown_preset_is_404(mine):
    assert mine.post("/compose/", {"preset": "secret"}).status_code == 404


def test_htmx_gets_the_form_alone(mine):
    answer = mine.post("/compose/", {"model": "flux"}, headers=HTMX)
    assert answer.status_code == 200
    assert 'name="shown_model" value="flux"' in answer.text
    assert "<html" not in answer.text


def test_compose_stores_nothing(mine, media):
    mine.post("/compose/", form_of("pony", "image2image"))
    assert not Generation.objects.exists()
    assert not ReferenceImage.objects.exists()


def test_switching_and_submitting_at_once_shows_the_new_fields_first(mine):
    sent = form_of("flux", shown_model="pony", shown_mode="text2image", cfg_scale="9.5")
    answer = mine.post("/generate/", sent)
    assert answer.status_code == 422
    assert "guidance_scale" in answer.context["form"].fields
    assert answer.context["form"].filling.kept["cfg_scale"] == "9.5"
    assert "look them over" in answer.text
    assert not Generation.objects.exists()


def test_remix_fills_everything(mine, person, make):
    mine.post(
        "/generate/", form_of("anisora", "arbitrary", num_frames="33", **keyframes((0, upload()), (16, upload())))
    )
    parameters = Generation.objects.get().parameters
    output = make(person, generation=Generation.objects.get())
    answer = mine.get(f"/?remix={output.pk}")
    form = answer.context["form"]
    assert answer.context["remix"] == output
    assert (form.selection.model.id, form.selection.mode.id) == ("anisora", "arbitrary")
    assert values(form) | {"num_frames": "33", "seed": str(parameters["seed"])} == values(form)
    assert [row["frame_index"].value() for row in form.keyframe_rows.forms][:3] == ["0", "16", ""]
    stored = [row["image"].stored for row in form.keyframe_rows.forms]
    assert stored[:3] == [*(entry["image"] for entry in parameters["keyframes"]), ""]
    assert f'name="remix" value="{output.pk}"' in answer.text


def test_a_remix_can_be_submitted_as_it_is(mine, person, make):
    mine.post("/generate/", form_of("pony", "image2image", seed="5"))
    first = Generation.objects.get()
    output = make(person, generation=first)
    form = mine.get(f"/?remix={output.pk}").context["form"]
    sent = {
        **{name: form[name].value() for name in form.fields if name != "reference_image"},
        "reference_image_stored": form["reference_image"].stored,
        "model": "pony",
        "mode": "image2image",
        "remix": str(output.pk),
    }
    assert mine.post("/generate/", sent).status_code == 303
    again = Generation.objects.exclude(pk=first.pk).get()
    assert again.parameters == first.parameters
    assert again.remixed_from == output


def test_a_remix_of_what_was_deleted_meanwhile_still_submits(mine):
    assert mine.post("/generate/", form_of(remix=str(uuid.uuid4()))).status_code == 303
    assert Generation.objects.get().remixed_from is None


def test_a_remix_of_an_older_catalogue_fills_what_fits(mine, person, make):
    output = make(person)
    output.parameters |= {"model": "gone", "mode": "gone", "steps": "400"}
    output.save()
    form = mine.get(f"/?remix={output.pk}").context["form"]
    assert values(form)["prompt"] == "a teapot on a hill"
    assert values(form)["steps"] == "30"


@pytest.mark.parametrize(
    ("model", "mode", "starts"),
    [("pony", "text2image", ("pony", "image2image")), ("phr00t", "text2video", ("phr00t", "image2video"))],
)
def test_use_as_reference(mine, person, make, model, mode, starts):
    output = make(person, model=model, mode=mode)
    form = mine.get(f"/?reference={output.pk}").context["form"]
    assert (form.selection.model.id, form.selection.mode.id) == starts
    assert form["reference_image"].picked == Picked(output.pk)


def test_a_reference_from_the_gallery_is_stored_at_submit(mine, person, make):
    output = make(person)
    sent = form_of("pony", "image2image", reference_image=None, reference_image_output=str(output.pk))
    assert mine.post("/generate/", sent).status_code == 303
    asked = Generation.objects.get(mode="image2image")
    assert asked.parameters["reference_image"] == ReferenceImage.objects.get().sha256


@pytest.mark.parametrize("query", ["remix=x", "remix=", "remix=%00", "reference=1", f"remix={uuid.UUID(int=7)}"])
def test_unknown_outputs_are_404(mine, query):
    assert mine.get(f"/?{query}").status_code == 404
