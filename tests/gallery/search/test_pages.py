"""The search on its pages: the box and what it suggests, terms, saved searches, and what looks alike."""

import pytest
from django.urls import reverse
from django.utils import translation

from gallery import tagging
from gallery.models import Collection, Output, SavedSearch, Visibility
from gallery.search import alike, suggesting
from generation.catalogue import models

pytestmark = pytest.mark.django_db


def terms(text, person, caret=None):
    return [found.shown for found in suggesting.suggest(text, len(text) if caret is None else caret, person)]


def test_the_page_shows_what_was_read_and_keeps_what_was_typed(ada, hers, rows):
    for output in rows(ada, 3):
        output.save()
    page = hers.get(reverse("gallery"), {"q": 'teapot -steps:>20 "teapot 1"', "type": "image"})
    text = page.content.decode()

    assert page.status_code == 200
    assert [output.seed for output in page.context["page"].outputs] == [1]
    assert 'value="teapot -steps:&gt;20 &quot;teapot 1&quot;"' in text
    assert [chip.without for chip in page.context["search"].query.chips] == [
        '-steps:>20 "teapot 1"',
        'teapot "teapot 1"',
        "teapot -steps:>20",
    ]
    assert "?q=teapot+-steps%3A%3E20&amp;type=image" in text


def test_what_cannot_be_read_is_told_near_the_box_and_the_rest_is_found(ada, hers, rows):
    for output in rows(ada, 2):
        output.save()
    page = hers.get(reverse("gallery"), {"q": "teapot stpes:3"})
    assert page.status_code == 422
    assert "Did you mean “steps:”?" in page.content.decode()
    assert len(page.context["page"].outputs) == 2
    page = hers.get(reverse("gallery"), {"q": "stpes:3"})
    assert page.status_code == 422
    assert page.context["page"].outputs == []


def test_nothing_found_says_what_to_try(hers):
    assert "Every term has to fit" in hers.get(reverse("gallery"), {"q": "unicorn"}).content.decode()


@pytest.mark.parametrize("query", ["", "teapot", "fav tag:x steps:>2"])
def test_the_page_asks_as_much_for_much(ada, hers, rows, query, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(60) as captured:
            assert hers.get(reverse("gallery"), {"q": query}).status_code == 200
        return len(captured)

    for output in rows(ada, 2):
        output.save()
    few = queries()
    for number in range(20):
        SavedSearch.objects.create(owner=ada, name=f"Search {number}", query="teapot")
    for output in rows(ada, 20):
        output.save()
    assert queries() == few


def test_suggestions_follow_the_term_at_the_caret(ada, bob, rows):
    for name in ("fox", "forest", "draft"):
        tagging.add(ada, [output.pk for output in rows(ada, 1)], name)
    tagging.add(bob, [output.pk for output in rows(bob, 1)], "foreign")
    Collection.objects.create(owner=ada, title="Quiet evenings")

    assert terms("", ada)[:3] == ["fav", "tag:", "model:"]
    assert terms("st", ada) == terms("шаг", ada) == ["steps:"]
    assert terms("fo", ada) == ["format:", "tag:forest", "tag:fox"]
    assert terms("tag:", ada) == ["tag:draft", "tag:forest", "tag:fox"]
    assert terms("fox -tag:d", ada) == ["-tag:draft"]
    assert terms("collection:qu", ada) == ['collection:"Quiet evenings"']
    assert terms("model:", ada) == [f"model:{name}" for name in models()]
    assert terms("sampler:dpm", ada)[0].startswith('sampler:"DPM++')
    assert terms("mode:i2", ada) == ["mode:image2image", "mode:image2video"]
    assert terms("on:t", ada) == terms("on:сег", ada) == ["on:today"]
    with translation.override("ru"):
        assert terms("on:t", ada) == ["on:сегодня"]
        assert terms("изб", ada) == ["избранное"]
    assert terms("рейтинг:отк", ada) == ["rating:explicit"]
    assert terms("nothing:", ada) == []
    assert terms("st fox", ada, caret=2) == ["steps:"]
    (found,) = suggesting.suggest("st fox", 2, ada)
    assert (found.text, found.caret) == ("steps:fox", 6)


def test_suggestions_tell_of_others_only_what_they_show(ada, bob, rows):
    (private, shown) = rows(bob, 2)
    Output.objects.filter(pk=private.pk).update(model="secret model", parameters={"loras": [{"name": "secret"}]})
    assert terms("by:", ada) == ["by:me"]
    Output.objects.filter(pk=shown.pk).update(visibility=Visibility.PUBLIC)
    assert terms("by:", ada) == ["by:me"]  # nothing has judged it yet
    Output.objects.filter(pk=shown.pk).update(rating="general")
    assert terms("by:", ada) == ["by:me", "by:bob"]
    assert terms("model:s", ada) == terms("lora:", ada) == []
    assert terms("model:s", bob) == ['model:"secret model"']
    assert terms("lora:s", bob) == ["lora:secret"]


@pytest.mark.parametrize(
    "query", ["?q=st&at=1", "?q=st&at=x", "?q=" + "9" * 900 + "&at=" + "9" * 900, "?q=%00tag:%00", ""]
)
def test_suggestions_answer_whatever_is_asked(hers, query):
    answer = hers.get(reverse("gallery_suggest") + query)
    assert answer.status_code == 200
    assert b"<html" not in answer.content


def test_the_limit_on_searches(hers, settings):
    settings.ACCOUNT_RATE_LIMITS = {"search": "1/m/user"}
    assert hers.get(reverse("gallery_suggest")).status_code == 200
    assert hers.get(reverse("gallery_suggest")).status_code == 429
    assert hers.get(reverse("gallery"), {"q": "fox"}).status_code == 429
    assert hers.get(reverse("gallery")).status_code == 200


def test_a_search_is_saved_renamed_and_deleted(ada, hers):
    saved = hers.post(reverse("searches"), {"name": " My  foxes ", "query": "fox -tag:draft"}, follow=True)
    assert saved.redirect_chain == [("/gallery/?q=fox+-tag%3Adraft", 302)]
    (search,) = SavedSearch.objects.all()
    assert (search.owner, search.name, search.query) == (ada, "My foxes", "fox -tag:draft")
    assert saved.context["search"].saved_as == search

    hers.post(reverse("search_rename", args=[search.pk]), {"name": "Foxes", "query": "fox"})
    search.refresh_from_db()
    assert (search.name, search.query) == ("Foxes", "fox")
    assert 'value="Foxes"' in hers.get(reverse("searches")).content.decode()

    hers.post(reverse("search_delete", args=[search.pk]))
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({"name": "", "query": "fox"}, "name", "This field is required."),
        ({"name": "FOXES", "query": "fox"}, "name", "You have a search of this name already."),
        ({"name": "a" * 81, "query": "fox"}, "name", "at most 80 characters"),
        ({"name": "New", "query": "steps:many"}, "query", "“many” is not a number."),
        ({"name": "New", "query": " "}, "query", "This field is required."),
        ({"name": "New", "query": "a" * 501}, "query", "at most 500 characters"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(ada, hers, sent, field, message):
    SavedSearch.objects.create(owner=ada, name="Foxes", query="fox")
    refused = hers.post(reverse("searches"), sent)
    assert refused.status_code == 422
    assert message in str(refused.context["form"].errors[field])
    assert f'value="{sent["query"]}"'.strip() in refused.content.decode()
    assert SavedSearch.objects.count() == 1


def test_saved_searches_are_their_owners_alone(ada, his):
    search = SavedSearch.objects.create(owner=ada, name="Foxes", query="fox")
    for name in ("search_rename", "search_delete"):
        assert his.post(reverse(name, args=[search.pk]), {"name": "Mine", "query": "x"}).status_code == 404
    assert "Foxes" not in his.get(reverse("searches")).content.decode()
    search.refresh_from_db()
    assert search.name == "Foxes"


@pytest.fixture
def hashed(ada, bob, rows):
    """Outputs by name, whose hashes differ from the first in so many bits."""
    names = {"itself": 0, "near": 1, "nearer": 0, "far": 40, "last bit": -(2**63), "trashed": 0}
    others = {"public": 2, "private": 0, "by name": 3}
    found = dict(zip([*names, *others], [*rows(ada, len(names)), *rows(bob, len(others))], strict=True))
    for name, bits in (names | others).items():
        hash = bits if bits < 0 else (1 << bits) - 1
        Output.objects.filter(pk=found[name].pk).update(perceptual_hash=hash, rating="general")
    Output.objects.filter(pk=found["public"].pk).update(visibility=Visibility.PUBLIC)
    Output.objects.filter(pk=found["trashed"].pk).update(trashed_at=found["trashed"].created_at)
    found["by name"].shared_with.add(ada)
    found["itself"].refresh_from_db()
    return found


def test_what_looks_alike_is_sorted_by_distance_ones_own_first(ada, hashed):
    near = alike.near(ada, hashed["itself"])
    names = {output.pk: name for name, output in hashed.items()}
    assert [(names[found.output.pk], found.distance) for found in near] == [
        ("nearer", 0),
        *sorted([("near", 1), ("last bit", 1)], key=lambda found: -list(hashed).index(found[0])),
        ("by name", 3),
        ("public", 2),
    ]


def test_its_page_and_its_operator(ada, hers, his, hashed, django_assert_max_num_queries):
    itself = hashed["itself"]
    with django_assert_max_num_queries(30):
        page = hers.get(reverse("output_alike", args=[itself.pk]))
    assert len(page.context["cards"]) == 5
    assert his.get(reverse("output_alike", args=[itself.pk])).status_code == 404
    found = hers.get(reverse("gallery"), {"q": f"like:{itself.pk}"}).context["page"].outputs
    assert {output.pk for output in found} == {hashed[name].pk for name in ("itself", "near", "nearer", "last bit")}
    assert his.get(reverse("gallery"), {"q": f"like:{itself.pk}"}).context["page"].outputs == []
    assert reverse("output_alike", args=[itself.pk]) in hers.get(reverse("output", args=[itself.pk])).content.decode()


def test_what_has_no_hash_looks_like_nothing(ada, hers, rows):
    (output,) = rows(ada, 1)
    assert b"Nothing looks like this" in hers.get(reverse("output_alike", args=[output.pk])).content
