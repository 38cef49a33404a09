"""Every place where people write something that others may read, or that is drawn, asks the policy first."""

import pytest
from django.urls import reverse

from gallery.models import Collection, Tag
from generation import grids, policy
from generation.models import Generation
from generation.request import parse
from moderation.models import Refusal
from tests.pages.conftest import form_of, mine  # noqa: F401

REFUSED = "two naked children"
YOUNG, BARE = "two children", "a nude on a sofa"
"""Each by itself is allowed."""


@pytest.fixture
def output(person, make):
    return make(person, prompt="a teapot on a hill")


@pytest.fixture
def collection(person) -> Collection:
    return Collection.objects.create(owner=person, title="Teapots")


def refusals() -> list[tuple[str, bool]]:
    """At which doors, and whether the moderators have the text."""
    return [(row.where, any(REFUSED in text for text in row.texts.values())) for row in Refusal.objects.all()]


WORDS = {
    "title": ("output_describe", {"title": REFUSED}),
    "notes": ("output_describe", {"notes": REFUSED}),
    "tag": ("output_tag_add", {"tag": REFUSED}),
    "one of several tags": ("output_tag_add", {"tag": f"teapot, {REFUSED}"}),
    "title of a new collection for it": ("output_collect", {"title": REFUSED}),
    "new name of a tag": ("tag_rename", {"tag": REFUSED}),
    "tag of many": ("gallery_bulk", {"action": "tag", "tag": REFUSED}),
    "title of a new collection": ("collection_new", {"title": REFUSED}),
    "description of a new collection": ("collection_new", {"title": "Teapots", "description": REFUSED}),
    "title of a collection": ("collection_edit", {"title": REFUSED}),
    "description of a collection": ("collection_edit", {"title": "Teapots", "description": REFUSED}),
    "title and description together": ("collection_edit", {"title": YOUNG, "description": BARE}),
}


def send(client, name, output, collection, **values):
    tag = Tag.objects.get_or_create(owner=output.owner, name="kettle")[0]
    output.tags.add(tag)
    arguments = {"tag_rename": [tag.pk], "collection_edit": [collection.pk], "collection_new": [], "gallery_bulk": []}
    return client.post(reverse(name, args=arguments.get(name, [output.pk])), {"outputs": [output.pk], **values})


@pytest.mark.parametrize("place", WORDS)
def test_words(place, mine, output, collection):  # noqa: F811
    name, values = WORDS[place]
    assert send(mine, name, output, collection, **values).status_code == 422
    output.refresh_from_db()
    collection.refresh_from_db()
    kept = [output.title, output.notes, collection.description, *Tag.objects.values_list("name", flat=True)]
    assert not {REFUSED, YOUNG, BARE}.intersection(kept)
    assert list(Collection.objects.values_list("title", flat=True)) == ["Teapots"]
    assert [where for where, _said in refusals()] == ["words"]


@pytest.mark.parametrize("place", ["title", "tag", "new name of a tag", "tag of many"])
def test_words_that_go_with_what_stands_there_alone(place, person, mine, make, collection):  # noqa: F811
    """A prompt and a title, or a tag, that must not meet."""
    name, values = WORDS[place]
    output = make(person, prompt=BARE)
    field = "title" if place == "title" else "tag"
    assert send(mine, name, output, collection, **values | {field: YOUNG}).status_code == 422
    assert send(mine, name, output, collection, **values | {field: "sofas"}).status_code == 302
    (refusal,) = Refusal.objects.all()
    assert (refusal.texts[field], refusal.texts["prompt"]) == (YOUNG, BARE)


def test_a_request_and_what_is_made_of_one(person, mine, output, ask):  # noqa: F811
    remix = form_of(prompt=REFUSED) | {"remix": str(output.pk)}
    for form in (form_of(prompt=REFUSED), remix):
        assert mine.post("/generate/", form).status_code == 422
    assert refusals() == [("submit", True)] * 2
    assert not Generation.objects.exclude(pk=output.generation_id).exists()


def test_the_cells_of_a_grid(person, db):
    base = parse({"model": "pony", "mode": "text2image", "prompt": "a teapot", "seed": 7})
    (prompt,) = (each for each in base.model.parameters if each.id == "prompt")
    with pytest.raises(policy.Refused):
        grids.plan(person, base, [grids.Axis(prompt, ("a kettle", REFUSED))])
    assert refusals() == [("submit", True)]


def test_a_lora_by_its_name(person, mine, output):  # noqa: F811
    with pytest.raises(policy.Refused):
        policy.check(person, {"prompt": YOUNG, "loras": [{"name": "nude_style", "weight": 1}]}, policy.Where.SUBMIT)
    assert Refusal.objects.get().words["loras"] == ["nude"]
