"""What is somebody else's comes into nobody's form. Who gets in where is asked of every URL in tests/security."""

import pytest

from generation.models import Generation
from tests.pages.conftest import form_of


@pytest.fixture
def belongings(other, client_of, make, media) -> dict[str, str]:
    """What somebody else has here."""
    client_of(other).post("/generate/", form_of("pony", "image2image"))
    return {"output_id": str(make(other, generation=Generation.objects.get()).pk)}


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
