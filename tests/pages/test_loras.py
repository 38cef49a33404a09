"""LoRAs from the folder to the form and back: what is offered, asked for, kept, remixed and read out of files."""

import json
from pathlib import Path

import pytest

from generation import commandline, wording
from generation.models import Generation
from generation.reading.infotext import read
from generation.reading.mapping import Here, take_over
from generation.reading.tools import understand
from generation.request import Faults
from tests.pages.conftest import form_of


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path: Path) -> Path:
    """Pony has two LoRAs, Flux has one of them too."""
    settings.MEDIAGEN_MODELS = tmp_path / "models"
    for name in ("pony/ink.safetensors", "pony/styles/Fog.safetensors", "flux/ink.safetensors"):
        path = settings.MEDIAGEN_MODELS / "loras" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return settings.MEDIAGEN_MODELS / "loras"


def rows(*pairs: tuple[str, str]) -> dict[str, str]:
    fields = {"loras-TOTAL_FORMS": str(len(pairs)), "loras-INITIAL_FORMS": "0"}
    for number, (name, weight) in enumerate(pairs):
        fields |= {f"loras-{number}-name": name, f"loras-{number}-weight": weight}
    return fields


def cells(form) -> list[tuple[str, str]]:
    return [(row["name"].value(), row["weight"].value()) for row in form.lora_rows if row["name"].value()]


def test_the_form_offers_what_the_model_has_and_says_where_to_put_the_first(mine):
    assert mine.get("/?model=pony").context["form"].lora_names == ["Fog", "ink"]
    page = mine.get("/?model=anisora").text
    assert "loras/anisora/" in page
    assert "loras-0-name" not in page


def test_asked_for_they_are_kept_in_their_order(mine):
    wanted = rows(("ink", "0,8"), ("", "1"), ("Fog", ""))
    assert mine.post("/generate/", form_of(**wanted)).status_code == 303
    generation = Generation.objects.get()
    assert generation.parameters["loras"] == [{"name": "ink", "weight": 0.8}, {"name": "Fog", "weight": 1.0}]
    page = mine.get(f"/generations/{generation.pk}/")
    assert ("LoRA", "ink 0.8, Fog 1.0") in [tuple(fact[:2]) for fact in page.context["facts"]]


@pytest.mark.parametrize(
    ("row", "cell", "message"),
    [
        (("sepia", "1"), "name", "There is no LoRA sepia for Pony V6 XL. There are: Fog, ink."),
        (("../ink", "1"), "name", "Each LoRA needs a name: that of its file."),
        (("ink", "2.5"), "weight", "Enter a number from 0.0 to 2.0."),
        (("ink", "0.33"), "weight", "Use steps of 0.05."),
        (("ink", "much"), "weight", "Enter a number."),
    ],
)
def test_a_wrong_row_says_why_beside_its_field_and_keeps_what_was_typed(mine, row, cell, message):
    answer = mine.post("/generate/", form_of(**rows(("Fog", "0.5"), row)))
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form["loras"].errors == ["Some LoRAs need another look."]
    assert form.lora_rows.forms[1].errors == {cell: [message]}
    assert cells(form) == [("Fog", "0.5"), row]
    assert form.advanced_open
    assert Generation.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (rows(("ink", "1"), ("ink", "0.5")), "The LoRA ink is given twice."),
        ({"loras": "ink"}, "Enter LoRAs as a list of a name and a weight."),
    ],
)
def test_what_is_wrong_with_all_of_them_stands_at_their_field(mine, fields, message):
    answer = mine.post("/generate/", form_of(**fields))
    assert answer.status_code == 422
    assert answer.context["form"]["loras"].errors == [message]


def test_more_than_a_request_can_hold_are_refused(mine, shelf):
    for number in range(9):
        (shelf / "pony" / f"ink {number}.safetensors").touch()
    answer = mine.post("/generate/", form_of(**rows(*((f"ink {number}", "1") for number in range(9)))))
    assert answer.context["form"]["loras"].errors == ["At most 8 LoRAs, please."]


def test_they_wait_while_another_model_has_none_of_their_name(mine):
    def switch(form, **chosen):
        fields = {"shown_model": form.selection.model.id, "shown_mode": form.selection.mode.id}
        kept = {f"kept-{name}": text for name, text in form.filling.kept.items()}
        return mine.post("/compose/", {**fields, **form.filling.typed, **kept, **chosen}).context["form"]

    pony = {"type": "image", "model": "pony", "mode": "text2image"}
    sent = {"shown_model": "pony", "shown_mode": "text2image", **pony, **rows(("Fog", "0.5"), ("ink", "0.8"))}
    flux = mine.post("/compose/", {**sent, "model": "flux"}).context["form"]
    assert cells(flux) == [("ink", "0.8")]
    video = switch(flux, type="video", model="anisora", mode="text2video")
    assert cells(video) == []
    assert sorted(cells(switch(video, **pony))) == [("Fog", "0.5"), ("ink", "0.8")]


def test_a_remix_shows_one_that_is_gone(mine, person, make, shelf):
    output = make(person, loras=[{"name": "ink", "weight": 0.8}])
    (shelf / "pony" / "ink.safetensors").unlink()
    answer = mine.get(f"/?remix={output.pk}")
    assert cells(answer.context["form"]) == [("ink", "0.8")]
    assert "ink (not here)" in answer.text


def test_the_guide_tells_of_them(mine):
    page = mine.get("/guide/").text
    assert 'id="pony-loras"' in page
    assert "up to 8, each with a weight: 0.0 to 2.0 in steps of 0.05" in page


def test_out_of_a_prompt_that_another_tool_wrote():
    text = "a fox <lora:ink:0.8>, snow <lora:sepia:1> <lora:fog:0.42:0.9><lora:ink>\nSteps: 30, Sampler: Euler a"
    taken = take_over(read(text), Here(lambda sha256: False, lambda model: ["ink", "fog"]))
    assert taken.typed["prompt"] == "a fox, snow"
    assert {name: text for name, text in taken.typed.items() if name.startswith("loras")} == {
        "loras-0-name": "ink",
        "loras-0-weight": "0.8",
        "loras-1-name": "fog",
        "loras-1-weight": "0.4",
    }
    assert wording.said(taken.remarks["loras"]) == "fog 0.42 is not offered here: this is the nearest."
    left = {each.value: wording.said(each.why) for each in taken.left}
    assert left["sepia 1"] == "There is no LoRA sepia for Pony V6 XL. There are: ink, fog."
    assert left["ink 1"] == "The LoRA ink is given twice."


def _loader(file: str, weight: object, model: str) -> dict[str, object]:
    inputs = {"lora_name": file, "strength_model": weight, "strength_clip": weight, "model": [model, 0]}
    return {"class_type": "LoraLoader", "inputs": inputs}


GRAPH = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "ponyDiffusionV6XL.safetensors"}},
    "2": _loader("ink.safetensors", 0.8, "1"),
    "3": _loader("soft\\fog.safetensors", ["9", 0], "2"),
    "4": _loader("sepia.safetensors", 1, "3"),
    "5": _loader("ink.safetensors", 2, "1"),
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["4", 1]}},
    "7": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}},
    "8": {
        "class_type": "KSampler",
        "inputs": {
            **{"seed": 7, "steps": 20, "cfg": 6, "sampler_name": "euler_ancestral", "scheduler": "normal"},
            **{"denoise": 1, "model": ["4", 0], "positive": ["6", 0], "negative": ["6", 0], "latent_image": ["7", 0]},
        },
    },
    "9": {"class_type": "PrimitiveFloat", "inputs": {"value": 0.4}},
}
"""The sampler's model wears ink, fog and sepia; ink with another weight leads nowhere."""


def _between(model: str) -> dict[str, object]:
    return {"class_type": "ModelSamplingDiscrete", "inputs": {"model": [model, 0]}}


def _efficient(file: str, weight: float) -> dict[str, object]:
    inputs = {"ckpt_name": "ponyDiffusionV6XL.safetensors", "lora_name": file, "lora_model_strength": weight}
    return {"class_type": "Efficient Loader", "inputs": inputs}


WORN = [("ink", 0.8), ("fog", 0.4), ("sepia", 1)]
INVOKEAI = {"positive_prompt": "a fox", "seed": 7, "steps": 20, "scheduler": "euler_a", "model": {"name": "pony"}}


def _invokeai(kind: str, key: str) -> dict[str, str]:
    worn = [{kind: {key: name}, "weight": weight} for name, weight in WORN]
    return {"invokeai_metadata": json.dumps(INVOKEAI | {"loras": worn})}


WORN_THERE = {
    "ComfyUI": {"prompt": json.dumps(GRAPH)},
    "one with the model": {"prompt": json.dumps(GRAPH | {"1": _efficient("ink.safetensors", 0.8), "2": _between("1")})},
    "none with the model": {"prompt": json.dumps(GRAPH | {"1": _efficient("None", 1)})},
    "InvokeAI": _invokeai("model", "name"),
    "InvokeAI of old": _invokeai("lora", "model_name"),
}


@pytest.mark.parametrize("texts", WORN_THERE.values(), ids=WORN_THERE)
def test_out_of_what_other_tools_list(texts):
    taken = take_over(understand(texts), Here(lambda sha256: False, lambda model: ["ink", "fog"]))
    assert {name: text for name, text in taken.typed.items() if name.startswith("loras")} == {
        "loras-0-name": "ink",
        "loras-0-weight": "0.8",
        "loras-1-name": "fog",
        "loras-1-weight": "0.4",
    }
    left = {each.value: wording.said(each.why) for each in taken.left}
    assert left["sepia 1"] == "There is no LoRA sepia for Pony V6 XL. There are: ink, fog."


@pytest.mark.parametrize(
    "texts", [{"parameters": "a fox\nSteps: 30, Sampler: Euler a"}, {"invokeai_metadata": json.dumps(INVOKEAI)}]
)
def test_a_file_without_any_takes_off_what_stands_in_the_form(texts):
    taken = take_over(understand(texts), Here(lambda sha256: False, lambda model: ["ink"]))
    assert taken.typed["loras-0-name"] == ""


@pytest.mark.parametrize("words", ["ink=0.8", "ink"])
def test_on_the_command_line(words):
    chosen = {"model": "pony", "mode": "text2image", "prompt": "a fox"}
    request = commandline.asked(chosen, [], [], [], [words]).request()
    assert request["loras"] == [{"name": "ink", "weight": 0.8 if "=" in words else 1.0}]
    with pytest.raises(Faults) as refused:
        commandline.asked(chosen, [], [], [], ["sepia=1"]).request()
    assert refused.value.by_field["loras"].code == "no_such_lora"


def test_a_failure_names_them_behind_its_sentence():
    assert wording.failure("A LoRA is not here:\nink, fog") == "A LoRA is not here: ink, fog"
    assert wording.failure("") == ""
