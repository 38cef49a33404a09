"""The policy at its doors, from the form to the command line; its log, the operators' phrases, the pause."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone, translation
from django.utils.html import escape

from generation import ledger, policy
from generation.models import Generation, ReferenceImage
from generation.reconcile import reconcile
from generation.request import parse
from moderation import gate
from moderation.models import AppendOnly, AuditEntry, Refusal, Term
from people.models import Notice, Profile
from people.standing import paused_until
from safety.policy import Refused
from tests.pages.conftest import ask, form_of, make, mine  # noqa: F401
from tests.safety import labelled

BAD, WORSE, *MORE = labelled.read()["en"]
TEAPOT = "a teapot on a hill"
SAID = "nothing sexual with anybody under age"


def request(prompt: str = TEAPOT, **values):
    return parse({"model": "pony", "mode": "text2image", "prompt": prompt, **values})


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("olga", is_staff=True, is_superuser=True)


class TestForm:
    def test_the_reason_stands_at_the_prompt_and_what_was_typed_stays(self, mine, person):  # noqa: F811
        answer = mine.post("/generate/", form_of(prompt=BAD))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert SAID in str(answer.context["form"].errors["prompt"])
        assert SAID in page
        assert escape(BAD) in page
        assert not Generation.objects.exists()
        assert not ReferenceImage.objects.exists()

    def test_nothing_that_was_sent_along_is_kept(self, mine):  # noqa: F811
        assert mine.post("/generate/", form_of("pony", "image2image", prompt=BAD)).status_code == 422
        assert not ReferenceImage.objects.exists()

    def test_in_russian(self, mine):  # noqa: F811
        answer = mine.post("/generate/", form_of(prompt=BAD), HTTP_ACCEPT_LANGUAGE="ru")
        with translation.override("ru"):
            assert translation.gettext(next(iter(answer.context["form"].errors.as_data()["prompt"])).message) in (
                answer.content.decode()
            )

    def test_the_negative_prompt_asks_for_nothing(self, mine):  # noqa: F811
        assert mine.post("/generate/", form_of(prompt="children on a beach", negative_prompt=BAD)).status_code == 303
        assert not Refusal.objects.exists()

    def test_operators_are_bound_by_it_too(self, operator, client_of, media):
        assert client_of(operator).post("/generate/", form_of(prompt=BAD)).status_code == 422


class TestOtherDoors:
    def test_the_name_of_a_lora_counts(self, person):
        asked = request("a child in a garden", loras=[{"name": "nude_style", "weight": 1}])
        with pytest.raises(policy.Refused, match=SAID):
            ledger.submit(person, asked)
        assert Refusal.objects.get().words == {"prompt": ["child"], "loras": ["nude"]}

    def test_what_failed_before_a_rule_came_is_not_tried_again(self, person, ask):  # noqa: F811
        failed = ask(person, state="failed", prompt=BAD)
        with pytest.raises(policy.Refused):
            ledger.retry(failed)
        assert Refusal.objects.get().where == "retry"
        with pytest.raises(policy.Refused):
            ledger.retry(failed, by_operator=True)
        assert Refusal.objects.count() == 1
        assert Generation.objects.get().state == "failed"

    def test_the_admin_does_not_queue_it_again_either(self, person, operator, client_of, ask):  # noqa: F811
        failed = ask(person, state="failed", prompt=BAD)
        fields = {"action": "retry", "_selected_action": [str(failed.pk)]}
        assert client_of(operator).post("/admin/generation/generation/", fields, follow=True).status_code == 200
        assert Generation.objects.get().state == "failed"

    def test_an_output_is_not_made_again(self, person, mine, make):  # noqa: F811
        output = make(person, prompt=BAD)
        answer = mine.post(f"/gallery/{output.pk}/rerun/", follow=True)
        assert SAID in answer.content.decode()
        assert Generation.objects.count() == 1
        assert Refusal.objects.get().where == "rerun"

    def test_what_stands_there_already_is_judged_along_and_not_again(self, person):
        Term.objects.create(phrase="teapot")
        gate.check(person, {"title": "a fox"}, gate.Where.WORDS, beside={"prompt": TEAPOT})
        gate.check(person, {"title": "a fox"}, gate.Where.WORDS, beside={"prompt": BAD})
        with pytest.raises(Refused) as refused:
            gate.check(person, {"title": "two children"}, gate.Where.WORDS, beside={"prompt": "a nude on a sofa"})
        assert refused.value.field == "title"
        assert Refusal.objects.get().texts == {"title": "two children", "prompt": "a nude on a sofa"}

    def test_titles_and_tags(self, person):
        gate.check(person, {"title": TEAPOT}, gate.Where.WORDS)
        with pytest.raises(Refused) as refused:
            gate.check(person, {"title": BAD}, gate.Where.WORDS)
        assert refused.value.field == "title"


class TestCommandLine:
    WORDS = {"model": "pony", "mode": "text2image", "prompt": BAD}

    def test_right_here_without_a_database(self, capsys, tmp_path):
        with pytest.raises(SystemExit) as ended:
            call_command("generate", **self.WORDS, out=tmp_path)
        assert ended.value.code == 2
        assert capsys.readouterr().err.startswith("prompt: MediaGen makes nothing sexual")

    def test_through_the_queue(self, person, capsys, tmp_path):
        with pytest.raises(SystemExit) as ended:
            call_command("generate", **self.WORDS, out=tmp_path, queued=True, user="mira")
        assert ended.value.code == 2
        assert capsys.readouterr().err.startswith("prompt: MediaGen makes nothing sexual")
        assert not Generation.objects.exists()

    def test_what_the_site_blocks_is_refused_in_the_queue(self, person, capsys, tmp_path):
        Term.objects.create(phrase="teapot")
        with pytest.raises(SystemExit) as ended:
            call_command("generate", **{**self.WORDS, "prompt": TEAPOT}, out=tmp_path, queued=True, user="mira")
        assert ended.value.code == 2
        assert "do not allow this here: teapot" in capsys.readouterr().err


class TestLog:
    def test_moderators_have_the_facts(self, person):
        with pytest.raises(Refused):
            gate.check(person, {"prompt": BAD}, gate.Where.SUBMIT)
        refusal = Refusal.objects.get()
        assert (refusal.person, refusal.where, refusal.rule) == (person, "submit", "under_age")
        assert refusal.texts == {"prompt": BAD}
        assert refusal.words["prompt"]

    def test_it_stays_as_it_was_written(self, person):
        with pytest.raises(Refused):
            gate.check(person, {"prompt": BAD}, gate.Where.SUBMIT)
        with pytest.raises(AppendOnly):
            Refusal.objects.get().save()

    def test_it_outlives_the_person_without_the_name(self, person):
        with pytest.raises(Refused):
            gate.check(person, {"prompt": BAD}, gate.Where.SUBMIT)
        person.delete()
        assert Refusal.objects.get().person is None

    def test_it_is_forgotten_in_time(self, person, settings):
        for text in (BAD, WORSE):
            with pytest.raises(Refused):
                gate.check(person, {"prompt": text}, gate.Where.SUBMIT)
        old = Refusal.objects.first()
        Refusal.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=settings.REFUSALS_DAYS, hours=1))
        reconcile()
        assert Refusal.objects.count() == 1

    def test_members_do_not_see_it_and_operators_do(self, person, operator, client_of):
        with pytest.raises(Refused):
            gate.check(person, {"prompt": BAD}, gate.Where.SUBMIT)
        path = f"/admin/moderation/refusal/{Refusal.objects.get().pk}/change/"
        assert client_of(person).get(path).status_code == 302
        assert escape(BAD) in client_of(operator).get(path).content.decode()


class TestTerms:
    def test_a_phrase_holds_as_soon_as_it_is_saved_and_no_longer_than_it_is_there(self, person, operator, client_of):
        gate.check(person, {"prompt": TEAPOT}, gate.Where.SUBMIT)
        fields = {"phrase": "ＴＥＡＰＯＴ", "does": "block", "note": ""}
        assert client_of(operator).post("/admin/moderation/term/add/", fields).status_code == 302
        with pytest.raises(Refused, match="do not allow this here"):
            gate.check(person, {"prompt": TEAPOT}, gate.Where.SUBMIT)
        Term.objects.all().delete()
        gate.check(person, {"prompt": TEAPOT}, gate.Where.SUBMIT)

    def test_a_phrase_has_words(self, operator, client_of):
        answer = client_of(operator).post("/admin/moderation/term/add/", {"phrase": "(!)", "does": "block", "note": ""})
        assert "Write at least one word." in answer.content.decode()

    def test_asking_costs_one_query(self, person, django_assert_num_queries):
        with django_assert_num_queries(1):
            gate.check(person, {"prompt": TEAPOT}, gate.Where.SUBMIT)


class TestRepeats:
    @pytest.fixture
    def refuse(self, person):
        def refuse(*texts: str, by: User = person) -> None:
            for text in texts:
                with pytest.raises(Refused):
                    gate.check(by, {"prompt": text}, gate.Where.SUBMIT)

        return refuse

    def test_several_in_a_few_days_pause_the_person_for_a_look(self, person, refuse, ask):  # noqa: F811
        waiting = ask(person)
        refuse(BAD, WORSE)
        assert paused_until(person) is None
        refuse(MORE[0])
        assert paused_until(person) > timezone.now() + timedelta(days=6)
        assert Refusal.objects.filter(for_review=True).count() == 1
        assert AuditEntry.objects.get(act="paused").by_id is None
        assert Notice.objects.filter(user=person, message__contains="a moderator looks at it").exists()
        assert Generation.objects.get(pk=waiting.pk).state == "cancelled"

    def test_the_same_text_twice_is_one(self, person, refuse):
        refuse(BAD, BAD, BAD, BAD)
        assert paused_until(person) is None

    def test_other_rules_do_not_count(self, person, refuse):
        Term.objects.create(phrase="teapot")
        refuse("a teapot", "two teapot", "three teapot", "four teapot")
        assert paused_until(person) is None

    def test_of_any_rule_moderators_are_asked_to_look(self, person, operator, refuse):
        Term.objects.create(phrase="teapot")
        refuse("a teapot", "two teapot", "three teapot", "four teapot", "four teapot")
        assert not Refusal.objects.filter(for_review=True).exists()
        refuse("five teapot")
        assert Refusal.objects.get(for_review=True).texts == {"prompt": "five teapot"}
        assert paused_until(person) is None
        refuse("six teapot", "seven teapot")
        assert Refusal.objects.filter(for_review=True).count() == 1
        refuse("a teapot", "two teapot", "three teapot", "four teapot", "five teapot", by=operator)
        assert Refusal.objects.filter(for_review=True).count() == 1

    def test_being_looked_at_for_something_else_delays_no_pause(self, person, refuse):
        Term.objects.create(phrase="teapot")
        refuse("a teapot", "two teapot", "three teapot", BAD, WORSE)
        assert Refusal.objects.filter(for_review=True).count() == 1
        assert paused_until(person) is None
        refuse(MORE[0])
        assert paused_until(person) is not None

    def test_after_a_pause_it_is_counted_anew(self, person, refuse):
        refuse(BAD, WORSE, MORE[0])
        Profile.objects.update(paused_until=None)
        refuse(MORE[1], MORE[2])
        assert paused_until(person) is None
        refuse(MORE[3])
        assert paused_until(person) is not None

    def test_long_ago_is_forgotten(self, person, refuse):
        refuse(BAD, WORSE)
        Refusal.objects.update(at=timezone.now() - timedelta(days=8))
        refuse(MORE[0])
        assert paused_until(person) is None

    def test_operators_are_refused_and_not_paused(self, operator, refuse, settings):
        refuse(BAD, WORSE, MORE[0], by=operator)
        assert paused_until(operator) is None

    def test_a_site_may_go_without_pauses_and_not_without_the_rule(self, person, refuse, settings):
        settings.REFUSALS_BEFORE_PAUSE = 0
        refuse(BAD, WORSE, *MORE[:4])
        assert paused_until(person) is None
        assert Refusal.objects.filter(for_review=True).exists()
