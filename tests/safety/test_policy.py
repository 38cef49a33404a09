"""What is refused, what passes, and that no dress of the letters makes a difference."""

import subprocess
import sys

import pytest

from safety.policy import Context, Lists, Refused, Rule, judge, judge_output, refuse
from safety.policy.judging import Verdict
from safety.ratings import Rating
from tests.safety import labelled, ordinary
from tests.safety.evasions import TRICKS

PROMPTS = [prompt for prompts in labelled.read().values() for prompt in prompts]
ORDINARY = list(ordinary.prompts())
CHILD, SEXUAL = "a child in a garden", "nude"


def of(text: str, lists: Lists | None = None) -> Verdict:
    return judge({"prompt": text}, lists)


def test_the_lists_are_as_long_as_they_should_be():
    assert len(set(PROMPTS)) >= 300
    assert len({prompt for _field, prompt in ORDINARY}) >= 1000
    assert {field for field, _prompt in ORDINARY} >= {"families", "schools", "swimwear", "medicine", "art history"}


@pytest.mark.parametrize("trick", TRICKS)
def test_what_must_be_refused_is_refused_in_every_dress(trick):
    refused = [of(TRICKS[trick](prompt)).rule is not None for prompt in PROMPTS]
    assert sum(refused) / len(refused) >= 0.98


def test_ordinary_prompts_pass():
    alarms = [prompt for _field, prompt in ORDINARY if not of(prompt).allowed]
    assert len(alarms) / len(ORDINARY) <= 0.01, alarms


@pytest.mark.parametrize(
    "trick",
    ["capitals", "full width", "Cyrillic look-alikes", "zero width", "accents", "drawn out", "digits for letters"],
)
def test_a_dress_alone_raises_no_alarm(trick):
    some = [prompt for _field, prompt in ORDINARY[::11]]
    alarms = [prompt for prompt in some if not of(TRICKS[trick](prompt)).allowed]
    assert len(alarms) / len(some) <= 0.02, alarms


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u200b", "(:1.3)", "…", "a" * 2000, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")],
)
def test_there_may_be_nothing_to_judge(text):
    assert of(text) == Verdict(None)


class TestContexts:
    def test_either_alone_passes(self):
        assert of(CHILD) == Verdict(None, frozenset({Context.UNDER_AGE}))
        assert of(f"a woman, {SEXUAL}") == Verdict(None, frozenset({Context.SEXUAL}))

    def test_they_meet_across_fields(self):
        verdict = judge({"prompt": CHILD, "loras": f"{SEXUAL}_style"})
        assert verdict.rule is Rule.UNDER_AGE
        assert verdict.spans == {"prompt": ("child",), "loras": ("nude",)}

    @pytest.mark.parametrize(
        "adult",
        [
            "an adult woman, 25 years old",
            "aged 30",
            "she is 42",
            "a young woman",
            "ей 25 лет",
            "девушка 19 лет",
            "twenty-one year old",
        ],
    )
    def test_adults_are_adults(self, adult):
        assert of(f"{adult}, {SEXUAL}").allowed

    def test_an_age_of_majority_makes_clear_who_is_meant_and_nobody_else(self):
        assert of(f"girl, {SEXUAL}").rule is Rule.UNCLEAR_AGE
        assert of(f"girl, 22 years old, {SEXUAL}").allowed
        assert of(f"an adult woman, 25 years old, and {CHILD}, {SEXUAL}").rule is Rule.UNDER_AGE

    def test_tags_that_count_figures_tell_no_age(self):
        assert of(f"1girl, {SEXUAL}").allowed

    @pytest.mark.parametrize(
        "text", ["12 years ago", "за 5 лет", "a 12 year old whisky", "under 10 minutes", "she is 5 feet tall"]
    )
    def test_not_every_number_is_an_age(self, text):
        assert of(f"{text}, {SEXUAL}").contexts == {Context.SEXUAL}

    def test_children_who_are_said_to_be_absent_are_not_asked_for(self):
        verdict = of(f"a woman, {SEXUAL}, no children")
        assert verdict.allowed
        assert of(f"{CHILD}, no nudity").allowed
        assert of(f"no child {SEXUAL}").rule is Rule.UNDER_AGE

    def test_phrases_with_another_meaning_end_at_a_comma(self):
        assert of("a baby blue car, a nude statue").allowed
        assert of(f"a baby, blue car, {SEXUAL}").rule is Rule.UNDER_AGE

    def test_cherubs_may_be_bare_and_nothing_more(self):
        assert of("naked cherubs, fresco").allowed
        assert of("cherubs, nsfw").rule is Rule.UNDER_AGE


class TestLists:
    def test_what_operators_block_is_refused_in_any_dress(self):
        lists = Lists(block=["green elephant"])
        assert of("a green elephant", lists).rule is Rule.BLOCKED
        assert of("a ɡrееn élephant", lists).rule is Rule.BLOCKED
        assert of("a green grey elephant", lists).allowed

    def test_what_they_allow_is_taken_out_before(self):
        lists = Lists(block=["elephant"], allow=["elephant garlic"])
        assert of("elephant garlic in a basket", lists).allowed
        assert of("elephant garlic beside an elephant", lists).rule is Rule.BLOCKED

    @pytest.mark.parametrize("allowed", [CHILD, SEXUAL, f"{CHILD}, {SEXUAL}", "child", f"child {SEXUAL}"])
    def test_nothing_that_they_allow_lifts_the_rule_about_children(self, allowed):
        assert of(f"{CHILD}, {SEXUAL}", Lists(allow=[allowed])).rule is Rule.UNDER_AGE


class TestOutputs:
    def test_what_came_out_above_general_is_withheld_where_a_child_was_named(self):
        named = of(CHILD).contexts
        assert judge_output(Rating.MATURE, named) == judge_output(Rating.EXPLICIT, named) == "policy"
        assert judge_output(Rating.GENERAL, named) is None
        assert judge_output(Rating.UNRATED, named) is None
        assert judge_output(Rating.EXPLICIT, of(f"a woman, {SEXUAL}").contexts) is None

    def test_also_where_it_was_named_as_absent(self):
        assert judge_output(Rating.MATURE, of("a woman, no children").contexts) == "policy"


class TestRefusing:
    def test_the_reason_stands_at_the_field_that_led_to_it(self):
        with pytest.raises(Refused, match="nothing sexual with anybody under age") as refused:
            refuse(judge({"style": "a teapot", "prompt": f"{CHILD}, {SEXUAL}"}))
        assert (refused.value.code, refused.value.field) == ("under_age", "prompt")

    def test_a_blocked_phrase_is_named(self):
        with pytest.raises(Refused, match="do not allow this here: Green  Elephant"):
            refuse(of("a green elephant", Lists(block=["Green  Elephant"])))

    def test_nothing_is_raised_for_what_passes(self):
        refuse(of(CHILD))


def test_nobody_stumbles_upon_the_words():
    """Neither the lexicon nor the labelled parts can be read or searched as they lie there."""
    from safety.policy import lexicon

    for path in (lexicon.CODED, labelled.CODED):
        assert set(path.read_text()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n")


def test_the_tool_adds_finds_and_takes_away(tmp_path):
    from safety.policy import lexicon

    coded = tmp_path / "lexicon.coded"
    lexicon.write(lexicon.read(), coded)

    def tool(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tools.lexicon", "--file", str(coded), *words],
            capture_output=True,
            text=True,
            check=False,
        )

    assert tool("add", "innocent", "a very baby teapot").returncode == 0
    assert tool("find", "teapot").stdout == "innocent\ta very baby teapot\n"
    assert lexicon.Entry(lexicon.Kind.INNOCENT, "a very baby teapot") in lexicon.read(coded)
    assert tool("remove", "innocent", "a very baby teapot").returncode == 0
    assert lexicon.read(coded) == lexicon.read()
    assert tool("remove", "innocent", "a very baby teapot").returncode == 1
    assert tool("add", "nonsense", "teapot").returncode == 2
