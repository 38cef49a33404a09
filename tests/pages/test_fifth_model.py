"""A fifth model of a known family is one new file."""

from pathlib import Path

import pytest

from generation.catalogue import models, registry
from generation.models import Generation
from tests.pages.conftest import form_of

FILE = """
from generation.catalogue.common import IMAGE_HEAD, IMAGE_TAIL, TEXT2IMAGE, image_steps, sampler
from generation.catalogue.estimates import image_seconds
from generation.catalogue.kinds import Band, Decimal
from generation.catalogue.model import Model, Source

MODEL = Model(
    id="lantern",
    name="Lantern XL",
    type="image",
    family="sdxl",
    tagline="paper light",
    help="Soft light on paper.",
    position=3,
    modes=(TEXT2IMAGE,),
    parameters=(
        *IMAGE_HEAD,
        image_steps(18),
        Decimal(
            id="glow",
            label="Glow",
            minimum=0,
            maximum=2,
            step=0.25,
            default=0.5,
            bands=(Band(1, "dim"), Band(2, "lit")),
        ),
        sampler("Euler a", default="Euler a"),
        *IMAGE_TAIL,
    ),
    source=Source(repo="example/lantern"),
    estimate=image_seconds,
)
"""


@pytest.fixture
def lantern(tmp_path: Path, monkeypatch):
    (tmp_path / "lantern.py").write_text(FILE)
    monkeypatch.setattr(registry.shelf, "__path__", [*registry.shelf.__path__, str(tmp_path)])
    registry.models.cache_clear()
    yield models()["lantern"]
    registry.models.cache_clear()


def test_form_validation_guide_and_record_know_it(mine, person, lantern, make):
    form = mine.get("/?model=lantern").context["form"]
    assert [field for field in form.fields if field == "glow"]
    assert [option.label for option in form.chooser.models if option.selected] == ["Lantern XL"]
    assert form["steps"].value() == 18

    wrong = mine.post("/generate/", form_of("lantern", glow="0.3", clip_skip="2"))
    assert wrong.status_code == 422
    assert wrong.context["form"]["glow"].errors == ["Use steps of 0.25."]
    assert "clip_skip does not apply to Lantern XL" in wrong.context["form"].non_field_errors()[0]

    assert mine.post("/generate/", form_of("lantern", glow="1,5")).status_code == 303
    generation = Generation.objects.get()
    assert generation.parameters["glow"] == 1.5
    page = mine.get(f"/generations/{generation.pk}/")
    assert ("Glow", "1.5 · lit") in [tuple(fact[:2]) for fact in page.context["facts"]]

    guide = mine.get("/guide/").text
    assert "Lantern XL" in guide
    assert 'id="lantern-glow"' in guide


def test_switching_reaches_it(mine, lantern):
    sent = {"shown_model": "pony", "shown_mode": "text2image", "model": "lantern", "mode": "text2image", "steps": "44"}
    form = mine.post("/compose/", sent).context["form"]
    assert form["steps"].value() == "44"
    assert "cfg_scale" not in form.fields
