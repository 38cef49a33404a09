"""What people type is read as terms; what cannot be read is said, and nothing of it is an error."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.search import language, vocabulary
from gallery.search.language import Fact, Words
from gallery.search.values import Between, Days, Size
from gallery.search.words import stem, words
from generation.catalogue import models
from generation.searching import operators

TODAY = date(2026, 11, 23)
KNOWN = vocabulary.OWN.joined(operators())


def parse(text):
    return language.parse(text, KNOWN, TODAY)


def only(text):
    parsed = parse(text)
    assert parsed.faults == ()
    (term,) = parsed.terms
    return term


def faults(text):
    return [str(fault) for fault in parse(text).faults]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fox", Words(("fox",), begun=True)),
        ("Ёжи", Words(("ежи",), begun=True)),
        ('"red circle"', Words(("red", "circle"), exact=True)),
        ("«красный круг»", Words(("красный", "круг"), exact=True)),
        ("„a fox“", Words(("a", "fox"), exact=True)),
        ("sci-fict", Words(("sci", "fict"), exact=True, begun=True)),
        ("16:9", Words(("16", "9"), exact=True)),
        ("http://x", Words(("http", "x"), exact=True)),
        ("-fox", Words(("fox",))),
    ],
)
def test_words(text, words):
    assert only(text).what == words
    assert only(text).negated == text.startswith("-")


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("model:pony", "model", ["pony"]),
        ('model:"pony v6 xl"', "model", ["pony"]),
        ("model:dreamshaper", "model", ["dreamshaper"]),
        ("mode:i2v", "mode", ["image2video"]),
        ("mode:t2i,i2i", "mode", ["text2image", "image2image"]),
        ("steps:>20", "steps", [Between(20, None, low_in=False)]),
        ("steps:<=20", "steps", [Between(None, 20)]),
        ("steps:10..20", "steps", [Between(10, 20)]),
        ("cfg:6,5", "cfg_scale", [Between(6.5, 6.5)]),
        ("guidance-scale:<3", "guidance_scale", [Between(None, 3, high_in=False)]),
        ("Frames:81", "num_frames", [Between(81, 81)]),
        ("size:1024×768", "size", [Size(1024, 768)]),
        ("size:512х512", "size", [Size(512, 512)]),
        ('sampler:"dpm++ 2m"', "sampler", ["DPM++ 2M"]),
        ("format:jpeg", "output_format", ["jpg"]),
        ("lora:ink", "loras", ["ink"]),
        ("рейтинг:откровенное", "rating", ["explicit"]),
        ("модель:pony", "model", ["pony"]),
        ('mode:"изображение по тексту"', "mode", ["text2image"]),
        ("шаги:>20", "steps", [Between(20, None, low_in=False)]),
        ("метка:лиса", "tag", ["лиса"]),
        ("fav", "is", ["favourite"]),
        ("избранное", "is", ["favourite"]),
        ("is:fav", "is", ["favourite"]),
        ("tag:«best of»", "tag", ["best of"]),
        ("before:2026-10-01", "before", [Days(None, date(2026, 10, 1))]),
        ("after:2026-10", "after", [Days(date(2026, 11, 1), None)]),
        ("on:2026-12", "on", [Days(date(2026, 12, 1), date(2027, 1, 1))]),
        ("on:2026", "on", [Days(date(2026, 1, 1), date(2027, 1, 1))]),
        ("on:yesterday", "on", [Days(date(2026, 11, 22), TODAY)]),
        ("before:вчера", "before", [Days(None, date(2026, 11, 22))]),
        ("on:2026-10-01..2026-10-03", "on", [Days(date(2026, 10, 1), date(2026, 10, 4))]),
    ],
)
def test_facts(text, name, wanted):
    fact = only(text).what
    assert (fact.operator.name, list(fact.wanted)) == (name, wanted)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stpes:3", "There is no “stpes:”. Did you mean “steps:”?"),
        ("zzzz:3", "There is no “zzzz:”. In quotes it is looked for as words."),
        ("steps:many", "“many” is not a number."),
        ("steps:1e309", "“1e309” is not a number."),
        ("steps:٣", "“٣” is not a number."),
        ("steps:..", "“..” is not a range: write it like 20..30."),
        ("steps:", "Nothing stands after “steps:”."),
        ("tag:,", "Nothing stands after “tag:”."),
        ("size:big", "“big” is not a size: write it like 1024x768."),
        ("on:2026-13", "“2026-13” is not a date: write it like 2026-10-01, 2026-10 or today."),
        ("on:9999-12-31", "“9999-12-31” is not a date: write it like 2026-10-01, 2026-10 or today."),
        ("on:2026-02-30", "“2026-02-30” is not a date: write it like 2026-10-01, 2026-10 or today."),
        ("like:that", "“that” is not the id of an output."),
        ("type:teapot", "“teapot” is none of what “type:” can be: image, video."),
        ("!!!", "“!!!” has no word to look for."),
        ('"open', "A quotation mark is not closed."),
        ("OR", "OR stands between two terms."),
        ("a" * 600, "Only the first 500 characters are looked at."),
        ("fox " * 40, "Only the first 32 terms are looked at."),
    ],
)
def test_what_cannot_be_read_is_said_and_the_rest_is_looked_for(text, fault):
    assert faults(text) == [fault]
    assert faults(f"castle {text}") == [fault]
    assert parse(f"castle {text}").terms[0].what == Words(("castle",))


def test_or_binds_two_terms_and_all_others_have_to_hold():
    groups = parse("fox OR tag:fox OR wolf castle").groups
    assert [len(group) for group in groups] == [3, 1]
    assert isinstance(groups[0][1].what, Fact)


@pytest.mark.parametrize(
    ("text", "number", "left"),
    [
        ("fox -tag:draft wolf", 1, "fox wolf"),
        ("fox OR wolf hill", 1, "fox hill"),
        ("fox OR wolf hill", 0, "wolf hill"),
        ("fox", 0, ""),
        ('a "red circle"', 1, "a"),
    ],
)
def test_a_term_is_taken_out(text, number, left):
    parsed = parse(text)
    assert parsed.without(parsed.terms[number]) == left


def test_every_parameter_with_a_value_of_its_own_is_an_operator():
    kinds = {"text", "image", "keyframes"}
    askable = {p.id for model in models().values() for p in model.parameters if p.kind not in kinds}
    assert askable <= set(KNOWN.by_name)
    names = [name for operator in KNOWN.operators for name in operator.names]
    assert len(names) == len(set(names))


def test_words_are_plain_and_stems_join_their_forms():
    assert words("Ёжик, naïve_café — ÇA! ЙОД") == ["ежик", "naive", "cafe", "ca", "йод"]
    assert stem("dancing") == stem("dances")
    assert stem("лисы") == stem("лисой")


signs = st.sampled_from(
    [*'"“”«»-:.,<>=xOR|()* \t\n\0', "OR ", "tag:", "steps:>", "on:", "size:", "..", "like:", "is:", "\ud800"]
)


@given(st.lists(signs | st.text(max_size=8), max_size=24).map("".join), st.integers(0, 600))
def test_nothing_that_is_typed_is_an_error(text, caret):
    parsed = parse(text)
    for term in parsed.terms:
        assert 0 <= term.start < term.end <= len(parsed.text)
        assert len(parse(parsed.without(term)).terms) < len(parsed.terms) + 1
    start, end = language.at(text, min(caret, len(text)))
    assert 0 <= start <= end <= len(text)
