"""Nobody gets in without signing in, and nobody sees what is somebody else's."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from generation.models import Generation, Preview, ReferenceImage
from generation.urls import urlpatterns
from tests.conftest import image_bytes
from tests.pages.conftest import form_of

MINE = {"generation_cancel", "generation_retry", "generation_move", "rerun"}
FOR_OPERATORS = {"queue_pause", "queue_resume"}
POSTED = {"generate", "compose", "estimate", "queue_cancel", *MINE, *FOR_OPERATORS}
FOR_EVERYBODY = {"studio", "generate", "compose", "estimate", "queue", "queue_cancel", "guide", "read_parameters"}
NAMES = [str(pattern.name) for pattern in urlpatterns]


@pytest.fixture
def belongings(other, client_of, make, media) -> dict[str, str]:
    """One of each thing of the other person, as the arguments of URLs."""
    client_of(other).post("/generate/", form_of("pony", "image2image"))
    generation = Generation.objects.get()
    Preview.objects.create(generation=generation, jpeg=image_bytes("JPEG"))
    return {
        "generation_id": str(generation.pk),
        "output_id": str(make(other, generation=generation).pk),
        "sha256": ReferenceImage.objects.get().sha256,
    }


def visit(client: Client, name: str, belongings: dict[str, str]) -> int:
    pattern = next(pattern for pattern in urlpatterns if pattern.name == name)
    wanted = pattern.pattern.converters
    path = reverse(name, kwargs={key: value for key, value in belongings.items() if key in wanted})
    answer = client.post(path) if name in POSTED else client.get(path)
    if answer.streaming:
        b"".join(answer)  # read to its end, it closes its file
    if answer.status_code == 302:
        assert answer.headers["location"].startswith(reverse("account_login"))
    return answer.status_code


@pytest.mark.parametrize("name", NAMES)
def test_strangers_are_sent_to_sign_in(db, name):
    anything = {"generation_id": str(uuid.uuid4()), "output_id": str(uuid.uuid4()), "sha256": "a" * 64}
    assert visit(Client(), name, anything) == 302


@pytest.mark.parametrize("name", [name for name in NAMES if name not in FOR_EVERYBODY | FOR_OPERATORS])
def test_other_peoples_things_are_404(mine, client_of, other, belongings, name):
    assert visit(mine, name, belongings) == 404
    assert Generation.objects.get().state == "queued"
    assert visit(client_of(other), name, belongings) in (200, 303)


@pytest.mark.parametrize("name", sorted(FOR_OPERATORS))
def test_what_operators_do_is_not_for_others(mine, name):
    assert visit(mine, name, {}) == 403


@pytest.mark.parametrize("query", ["remix", "reference"])
def test_other_peoples_outputs_fill_no_form(mine, belongings, query):
    assert mine.get("/", {query: belongings["output_id"]}).status_code == 404


def test_other_peoples_outputs_are_no_origin(mine, person, belongings):
    assert mine.post("/generate/", form_of(remix=belongings["output_id"])).status_code == 303
    assert Generation.objects.get(owner=person).remixed_from is None


def test_the_studio_shows_my_things_alone(mine, belongings):
    context = mine.get("/").context
    assert context["stage"] is None
    assert not context["latest"]
    assert not context["queue"]
    assert context["last_seed"] is None
