"""The studio's page, a right submit, and what it costs the database."""

import json
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation import standing
from generation.catalogue import models
from generation.composing import provisional, selected
from generation.models import Generation, ReferenceImage
from tests.conftest import image_bytes
from tests.ledger.conftest import make_worker
from tests.pages.conftest import files_in, form_of, keyframes, upload

EVERY_PAIR = [(model.id, mode.id) for model in models().values() for mode in model.modes]
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(("model", "mode"), EVERY_PAIR)
def test_every_model_and_mode_can_be_asked_for(mine, model, mode):
    answer = mine.post("/generate/", form_of(model, mode))
    generation = Generation.objects.get()
    assert answer.status_code == 303
    assert answer.headers["location"] == reverse("generation", args=[generation.pk])
    assert (generation.model, generation.mode, generation.state) == (model, mode, "queued")
    assert generation.parameters["seed"] >= 0
    assert set(generation.request.images) == set(ReferenceImage.objects.values_list("sha256", flat=True))


def test_what_is_left_out_has_its_default(mine):
    mine.post("/generate/", {"model": "phr00t", "mode": "text2video", "prompt": "  a fox dances  "})
    parameters = Generation.objects.get().parameters
    assert parameters["prompt"] == "a fox dances"
    assert parameters | {"type": "video", "num_frames": 81, "fps": 16, "steps": 4, "cfg_scale": 1.0} == parameters


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": "x"},
        {"prompt": "я" * 2000},
        {"seed": ""},
        {"seed": "0"},
        {"seed": "2147483647"},
        {"cfg_scale": "6,5"},
        {"sampler": "euler_a"},
        {"batch_size": "8"},
        {"output_format": "jpeg"},
        {"output_format": "jpg", "quality": "50"},
        {"output_format": "png", "quality": "95"},
        {"type": "image"},
        {"negative_prompt": ""},
        {"csrfmiddlewaretoken": "x", "keyframes-TOTAL_FORMS": "0", "keyframes-INITIAL_FORMS": "0"},
        {"reference_image_stored": "", "reference_image_output": ""},
        {"kept-motion_score": "4", "shown_model": "pony", "shown_mode": "text2image"},
    ],
)
def test_right_values(mine, values):
    assert mine.post("/generate/", form_of(**values)).status_code == 303


def test_fixed_values_may_be_sent(mine):
    assert mine.post("/generate/", form_of("phr00t", "text2video", steps="4", cfg_scale="1.0")).status_code == 303


def test_pictures_are_judged_by_content_not_by_name(mine, media):
    jpeg = upload(image_bytes("JPEG"), "../../evil\x00.svg", "image/svg+xml")
    assert mine.post("/generate/", form_of("pony", "image2image", reference_image=jpeg)).status_code == 303
    (kept,) = files_in(media)
    assert kept == ReferenceImage.objects.get().file.name
    assert re.fullmatch(r"references/[0-9a-f]{2}/[0-9a-f-]{36}\.png", kept)


def test_keyframes_with_holes_and_blank_rows(mine):
    absent = dict.fromkeys(name for name in form_of("anisora", "arbitrary") if name.startswith("keyframes-"))
    rows = {
        **absent,
        **keyframes((0, upload())),
        "keyframes-3-frame_index": "40",
        "keyframes-3-image": upload(),
        "keyframes-5-frame_index": " ",
    }
    assert mine.post("/generate/", form_of("anisora", "arbitrary", **rows)).status_code == 303
    assert [entry["frame_index"] for entry in Generation.objects.get().parameters["keyframes"]] == [0, 40]


def test_htmx_gets_the_stage_and_keeps_its_form(mine):
    answer = mine.post("/generate/", form_of(), headers=HTMX)
    generation = Generation.objects.get()
    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#stage"
    assert json.loads(answer.headers["HX-Trigger"]) == {"generation-submitted": {"id": str(generation.pk)}}
    assert str(generation.pk) in answer.text
    assert "<html" not in answer.text


def test_the_page_shows_form_queue_stage_and_latest(mine, person, ask, make):
    output = make(person)
    waiting = ask(person, prompt="a lighthouse above the sea")
    answer = mine.get("/")
    assert answer.status_code == 200
    assert answer.context["stage"] == waiting
    assert list(answer.context["latest"]) == [output]
    assert [entry.generation for entry in answer.context["queue"]] == [waiting]
    assert answer.context["last_seed"] == 7
    assert answer.context["estimate"].ahead == 1
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_link_can_name_model_and_mode(mine):
    selection = mine.get("/?model=phr00t&mode=first_last").context["form"].selection
    assert (selection.model.id, selection.mode.id) == ("phr00t", "first_last")


def test_the_queue_is_polled_by_itself(mine, ask, person):
    ask(person)
    answer = mine.get("/", headers={**HTMX, "HX-Target": "queue"})
    assert 'id="queue"' in answer.text
    assert 'id="form"' not in answer.text


def test_going_back_gets_a_whole_page(mine):
    answer = mine.get("/", headers={**HTMX, "HX-History-Restore-Request": "true", "HX-Target": "queue"})
    assert "<html" in answer.text


def test_estimates_follow_the_form(mine, person, ask):
    def seconds(**values):
        return standing.estimate(person, provisional(selected(values), values)).work.low

    assert seconds(steps="50") == pytest.approx(20)
    assert seconds(steps="10", batch_size="2") == pytest.approx(8)
    assert seconds(steps="half") == pytest.approx(12)  # a wrong value counts as its default until it is told
    ask(person)
    answer = mine.post("/estimate/", {"model": "phr00t", "mode": "text2video", "num_frames": "161"})
    assert "about 35–" in answer.text
    assert "No worker is running" in answer.text
    make_worker("bench-1")
    answer = mine.post("/estimate/", {"model": "phr00t", "mode": "text2video", "num_frames": "161"})
    assert "1 ahead of you" in answer.text
    assert "starts in" in answer.text
    assert "<html" not in answer.text


def test_only_posts_change_things(mine):
    for name in ("generate", "compose", "estimate"):
        assert mine.get(reverse(name)).status_code == 405
    for name in ("generation_cancel", "generation_retry", "rerun"):
        assert mine.get(reverse(name, args=[uuid.uuid4()])).status_code == 405


def test_posts_need_the_csrf_token(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post("/generate/", form_of()).status_code == 403
    assert not Generation.objects.exists()


def test_a_page_does_not_cost_more_with_more_on_it(mine, person, ask, make):
    def queries_of(url):
        with CaptureQueriesContext(connection) as captured:
            assert mine.get(url).status_code == 200
        return len(captured)

    make(person)
    ask(person)
    few = {url: queries_of(url) for url in ("/", "/queue/")}
    for number in range(6):
        make(person, seed=number)
        ask(person)
    assert {url: queries_of(url) for url in few} == few


def test_the_guide_tells_every_parameter(mine):
    answer = mine.get("/guide/")
    assert answer.status_code == 200
    for model in models().values():
        assert model.name in answer.text
        for parameter in model.parameters:
            assert f'id="{model.id}-{parameter.id}"' in answer.text


def test_russian(mine):
    answer = mine.get("/", headers={"Accept-Language": "ru"})
    assert answer.status_code == 200
    assert '<html lang="ru"' in answer.text
