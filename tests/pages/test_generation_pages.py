"""One generation's page, JSON, polled card and preview; cancel, retry, make again."""

import re
import uuid
from datetime import timedelta
from unittest.mock import ANY

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.models import Generation, Preview, ReferenceImage
from tests.conftest import image_bytes, png_bytes
from tests.pages.conftest import form_of

HTMX = {"HX-Request": "true"}


def at(name: str, row) -> str:
    return reverse(name, args=[row.pk])


def run(generation: Generation, **progress) -> None:
    """What a worker's beat leaves in the row."""
    facts = {"state": "running", "attempt": 1, "started_at": timezone.now(), "stage": "denoising", "steps": 30}
    Generation.objects.filter(pk=generation.pk).update(
        **facts, lease_until=timezone.now() + timedelta(minutes=1), **progress
    )


def version_in(card: str) -> str:
    """What the card polls with."""
    (version,) = re.findall(r"/card/\?v=([^\"]+)\"", card)
    return version


def test_json_of_a_queued_one(mine, person, other, ask):
    ask(other)
    generation = ask(person, steps=50)
    answer = mine.get(at("generation_json", generation))
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "id": str(generation.pk),
        "state": "queued",
        "attempt": 0,
        "position": 2,
        "starts_in_seconds": pytest.approx(32, abs=1),
        "starts_in_high_seconds": ANY,
        "eta_seconds": pytest.approx(52, abs=1),
        "eta_high_seconds": ANY,
        "waiting_for": "no_worker",
        "progress": {"step": 0, "steps": 0, "fraction": 0.0, "stage": ""},
        "error": "",
        "parameters": generation.parameters,
        "outputs": [],
    }


def test_json_of_a_running_one(mine, person, ask):
    generation = ask(person)
    run(generation, step=5, fraction=0.2)
    found = mine.get(at("generation_json", generation)).json()
    assert found["state"] == "running"
    assert found["position"] is None
    assert 0 <= found["eta_seconds"] <= found["eta_high_seconds"]
    assert found["progress"] == {"step": 5, "steps": 30, "fraction": 0.2, "stage": "denoising"}


def test_json_of_a_finished_one(mine, person, ask, make):
    generation = ask(person, state="succeeded", batch_size=2)
    second, first = make(person, generation=generation, variant=1), make(person, generation=generation)
    found = mine.get(at("generation_json", generation)).json()
    assert [output["id"] for output in found["outputs"]] == [str(first.pk), str(second.pk)]
    assert [output["seed"] for output in found["outputs"]] == [7, 8]
    fields = "id url seed width height frames fps bytes sha256 pixel_sha256 receipt"
    assert set(fields.split()) <= found["outputs"][0].keys()


@pytest.mark.parametrize("state", ["queued", "running", "succeeded", "failed", "cancelled"])
def test_the_page_in_every_state(mine, person, ask, make, state):
    generation = ask(person, state=state, prompt="a copper teapot <steams>")
    if state == "succeeded":
        make(person, generation=generation)
    answer = mine.get(at("generation", generation))
    assert answer.status_code == 200
    assert "a copper teapot &lt;steams&gt;" in answer.text
    facts = dict(fact[:2] for fact in answer.context["facts"])
    assert facts["Model"] == "Pony V6 XL"
    assert facts["Seed"] == "7"
    assert facts["CFG scale"] == "6.0 · recommended"


def test_a_page_of_a_model_that_is_gone(mine, person, ask):
    generation = ask(person, state="failed")
    generation.parameters |= {"model": "gone"}
    generation.model = "gone"
    generation.save()
    for name in ("generation", "generation_json", "generation_card"):
        assert mine.get(at(name, generation)).status_code in (200, 286)
    assert mine.get("/queue/").status_code == 200
    assert mine.get("/").status_code == 200


def test_the_card_is_sent_only_when_it_changed(mine, person, ask):
    generation = ask(person)
    first = mine.get(at("generation_card", generation))
    assert first.status_code == 200
    assert "<html" not in first.text
    version = version_in(first.text)
    assert mine.get(at("generation_card", generation), {"v": version}).status_code == 204
    run(generation, step=1)
    second = mine.get(at("generation_card", generation), {"v": version})
    assert second.status_code == 200
    Preview.objects.create(generation=generation, jpeg=image_bytes("JPEG"))
    third = mine.get(at("generation_card", generation), {"v": version_in(second.text)})
    assert third.status_code == 200
    assert at("generation_preview", generation) in third.text


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_polling_ends_with_the_generation(mine, person, ask, state):
    generation = ask(person, state=state)
    assert mine.get(at("generation_card", generation), {"v": "old"}).status_code == 286


def test_the_preview_is_the_newest_picture(mine, person, ask):
    generation = ask(person, state="running")
    assert mine.get(at("generation_preview", generation)).status_code == 404
    Preview.objects.create(generation=generation, jpeg=image_bytes("JPEG"))
    answer = mine.get(at("generation_preview", generation))
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content == image_bytes("JPEG")


@pytest.mark.parametrize("state", ["queued", "running"])
def test_cancel(mine, person, ask, state):
    generation = ask(person, state=state)
    answer = mine.post(at("generation_cancel", generation))
    assert (answer.status_code, answer.headers["location"]) == (303, at("generation", generation))
    generation.refresh_from_db()
    assert generation.state == "cancelled"


def test_cancel_from_the_card_answers_the_card(mine, person, ask):
    generation = ask(person)
    answer = mine.post(at("generation_cancel", generation), headers=HTMX)
    assert answer.status_code == 200
    assert 'data-state="cancelled"' in answer.text
    assert "<html" not in answer.text


def test_what_has_ended_cannot_be_cancelled(mine, person, ask):
    generation = ask(person, state="succeeded")
    answer = mine.post(at("generation_cancel", generation), follow=True)
    assert "already ended" in answer.text
    generation.refresh_from_db()
    assert generation.state == "succeeded"


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_retry(mine, person, ask, state):
    generation = ask(person, state=state)
    assert mine.post(at("generation_retry", generation)).status_code == 303
    generation.refresh_from_db()
    assert generation.state == "queued"


def test_what_succeeded_is_not_retried(mine, person, ask):
    generation = ask(person, state="succeeded")
    assert "can be tried again" in mine.post(at("generation_retry", generation), follow=True).text


def test_made_again_with_its_own_parameters(mine, person, ask, make):
    original = ask(person, state="succeeded", batch_size=4, seed=100)
    output = make(person, generation=original, variant=2)
    answer = mine.post(at("rerun", output))
    again = Generation.objects.exclude(pk=original.pk).get()
    assert (answer.status_code, answer.headers["location"]) == (303, at("generation", again))
    assert again.parameters == output.parameters
    assert (again.parameters["seed"], again.parameters["batch_size"]) == (102, 1)
    assert again.rerun_of == output


def test_made_again_with_its_pictures(mine, person, make):
    mine.post("/generate/", form_of("phr00t", "first_last"))
    output = make(person, generation=Generation.objects.get())
    assert mine.post(at("rerun", output)).status_code == 303
    assert Generation.objects.count() == 2


def test_what_todays_catalogue_refuses_is_not_made_again(mine, person, make):
    output = make(person)
    output.parameters |= {"steps": 400}
    output.save()
    assert "cannot make this again" in mine.post(at("rerun", output), follow=True).text
    assert Generation.objects.count() == 1


def test_without_its_pictures_nothing_is_made_again(mine, person, make):
    mine.post("/generate/", form_of("phr00t", "first_last"))
    output = make(person, generation=Generation.objects.get())
    ReferenceImage.objects.first().delete()
    assert "not among yours" in mine.post(at("rerun", output), follow=True).text
    assert Generation.objects.count() == 1


def test_a_reference_picture_is_shown_to_its_owner(mine, media):
    mine.post("/generate/", form_of("pony", "image2image"))
    reference = ReferenceImage.objects.get()
    answer = mine.get(reverse("reference_image", args=[reference.sha256]))
    assert answer.headers["Content-Type"] == "image/png"
    assert "private" in answer.headers["Cache-Control"]
    assert b"".join(answer.streaming_content) == (media / reference.file.name).read_bytes()
    (media / reference.file.name).unlink()
    assert mine.get(reverse("reference_image", args=[reference.sha256])).status_code == 404


def test_the_queue_hides_what_others_asked_for(mine, person, other, ask):
    ask(other, prompt="a secret lighthouse")
    ask(person, prompt="my dancing fox")
    answer = mine.get("/queue/")
    assert "my dancing fox" in answer.text
    assert "a secret lighthouse" not in answer.text
    assert "Pony V6 XL" in answer.text
    assert [entry.standing.position for entry, _moves in answer.context["mine"]] == [2]


@pytest.mark.parametrize("word", ["x", "1", "%00", "0" * 33, str(uuid.UUID(int=7))[:-1], "../../etc"])
def test_malformed_ids_are_404(mine, word):
    for path in (
        f"/generations/{word}/",
        f"/generations/{word}.json",
        f"/generations/{word}/card/",
        f"/references/{word}/",
    ):
        assert mine.get(path).status_code == 404
    for path in (f"/generations/{word}/cancel/", f"/generations/{word}/retry/", f"/gallery/{word}/rerun/"):
        assert mine.post(path).status_code == 404


def test_a_preview_sized_output_page_costs_the_same_with_more_variants(
    mine, person, ask, make, django_assert_max_num_queries
):
    generation = ask(person, state="succeeded", batch_size=8)
    for variant in range(8):
        make(person, generation=generation, variant=variant, content=png_bytes())
    with django_assert_max_num_queries(8):
        assert mine.get(at("generation", generation)).status_code == 200
