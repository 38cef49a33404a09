"""How times and reasons read."""

import pytest
from django.utils import translation

from generation import ledger
from generation.durations import Range
from generation.reasons import Reason, Why
from generation.wording import span, why_it_waits
from tests.ledger.conftest import make_worker
from tests.pages.test_generation_pages import version_in


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (12, 18.4, "12–18 s"),
        (12, 12.3, "12 s"),
        (0.2, 0.4, "1 s"),
        (0.2, 4, "1–4 s"),
        (50, 130, "50 s to 2 min"),
        (120, 200, "2–3 min"),
        (118, 122, "2 min"),
        (3000, 4000, "50 min to 1 h 7 min"),
        (3660, 7320, "1 h 1 min to 2 h 2 min"),
    ],
)
def test_ranges_are_short_and_equal_ends_one(low, high, text):
    assert span(Range(low, high)) == text


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence(reason, language):
    with translation.override(language):
        told = why_it_waits(Why(reason, "flux", 3))
    assert told
    assert "%" not in told
    assert ("Flux.1 dev" in told) == (reason in (Reason.NOT_OFFERED, Reason.NO_LORAS))


def test_one_and_many_ahead():
    assert why_it_waits(Why(Reason.AHEAD, "pony", 1)) == "1 ahead of you"
    assert why_it_waits(Why(Reason.FAIR, "pony", 2)) == "2 ahead of you: who had less goes first"


def test_card_queue_and_page_say_why_and_when(mine, person, other, ask):
    worker = make_worker("bench-1")
    worker.warm_models = ["pony"]
    worker.save()
    ask(other)
    waiting = ask(person)
    for path in (f"/generations/{waiting.pk}/", f"/generations/{waiting.pk}/card/", "/queue/", "/"):
        page = mine.get(path).text
        assert "1 ahead of you" in page
        assert "left" in page
    assert "starts in" in mine.get(f"/generations/{waiting.pk}/card/").text


def test_others_are_not_told_why_somebody_waits(mine, person, other, ask):
    make_worker("bench-1")
    ask(other)
    ask(other)
    assert "ahead of you" not in mine.get("/queue/").text.partition("others-title")[2]


def test_a_card_is_drawn_anew_when_the_reason_changes(mine, person, ask):
    make_worker("bench-1")
    waiting = ask(person)
    card = mine.get(f"/generations/{waiting.pk}/card/")
    version = version_in(card.text)
    assert mine.get(f"/generations/{waiting.pk}/card/", {"v": version}).status_code == 204
    ledger.pause()
    assert "The queue is paused" in mine.get(f"/generations/{waiting.pk}/card/", {"v": version}).text
