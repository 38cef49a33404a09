"""What moderators find waiting, what they do about it, and whom they may not touch."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.models import Output, Withheld
from moderation import cases
from moderation.models import AuditEntry, Refusal, Report
from people.models import Notice, Profile, Role

pytestmark = pytest.mark.django_db
NOTE = "Not here, please."


@pytest.fixture
def reported(shown, other):
    output = shown()
    Report.objects.create(output=output, owner=output.owner, reporter=other, wrong="hate", words="It mocks foxes.")
    return output


def decide(client, output, act, note=NOTE, **more):
    return client.post(reverse("moderation_decide", args=[output.pk]), {"act": act, "note": note, **more})


def told(user):
    return [(notice.message % notice.params if notice.params else notice.message) for notice in user.notices.all()]


def test_the_queue_has_the_facts_at_hand(reported, hers, moderator, shown):
    page = hers.get(reverse("moderation"))
    (case,) = page.context["reported"]
    assert case.output == reported
    assert case.record.reports == 1
    for fact in ("It mocks foxes.", "oleg", "mira", "hate, threats or harassment", reported.prompt):
        assert fact in page.content.decode()
    assert reverse("output_poster", args=[reported.pk]) in page.content.decode()


def test_members_find_no_queue_and_nobody_signed_out_either(client_of, client, person):
    for name, arguments in {"moderation": [], "moderation_delete_removed": []}.items():
        method = "post" if name == "moderation_delete_removed" else "get"
        assert getattr(client_of(person), method)(reverse(name, args=arguments)).status_code == 403
        assert getattr(client, method)(reverse(name, args=arguments)).status_code == 302


EXPECTED = {
    "leave": ("left_alone", {"withheld": "", "rating": "general"}),
    "mature": ("rated", {"withheld": "", "rating": "mature"}),
    "withhold": ("withheld", {"withheld": "moderator", "rating": "general"}),
    "remove": ("removed", {"withheld": "removed", "rating": "general"}),
}


@pytest.mark.parametrize("act", EXPECTED)
def test_an_act_about_the_result_closes_the_case(reported, hers, moderator, other, act, settings):
    settings.MATURE = True
    logged, facts = EXPECTED[act]
    assert decide(hers, reported, act).status_code == 302
    reported.refresh_from_db()
    assert {name: getattr(reported, name) for name in facts} == facts
    entry = AuditEntry.objects.get(act=logged)
    assert (entry.by_id, entry.by_name, entry.person_id) == (moderator.pk, "mona", reported.owner_id)
    assert (entry.thing, entry.reason) == (f"output {reported.pk}", NOTE)
    assert not cases.reported(moderator)
    assert any("looked at what you reported" in text for text in told(other))
    assert act == "leave" or any(NOTE in text for text in told(reported.owner))


@pytest.mark.parametrize(("act", "logged"), [("warn", "warned"), ("pause", "paused"), ("ban", "banned")])
def test_an_act_about_the_person_leaves_the_case_open(reported, hers, moderator, act, logged):
    assert decide(hers, reported, act, days="3").status_code == 302
    assert AuditEntry.objects.get(act=logged).reason == NOTE
    (case,) = cases.reported(moderator)
    assert case.record.acts == {logged: 1}
    reported.owner.refresh_from_db()
    assert reported.owner.is_active == (act != "ban")
    assert Profile.objects.filter(user=reported.owner, paused_until__isnull=False).exists() == (act == "pause")


@pytest.mark.parametrize("wrong", [{"note": ""}, {"act": "sing"}, {"days": "0", "act": "pause"}, {"note": "x" * 501}])
def test_an_act_without_a_reason_is_refused_beside_its_case(reported, hers, wrong):
    answer = hers.post(reverse("moderation_decide", args=[reported.pk]), {"act": "leave", "note": NOTE, **wrong})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode() or "errors" in answer.content.decode()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("act", ["leave", "withhold", "warn", "ban", "general"])
def test_moderators_do_nothing_about_operators_other_moderators_and_themselves(
    hers, moderator, operator, other, shown, act
):
    Profile.objects.create(user=other, role=Role.MODERATOR)
    for owner in (moderator, operator, other):
        output = shown(owner)
        assert decide(hers, output, act).status_code == 403
        output.refresh_from_db()
        assert output.withheld == ""
    assert not AuditEntry.objects.exists()


def test_an_operator_decides_about_moderators(moderator, operator, shown, client_of):
    output = shown(moderator)
    assert decide(client_of(operator), output, "withhold").status_code == 302
    output.refresh_from_db()
    assert output.withheld == Withheld.MODERATOR


def test_what_the_rules_withheld_waits_until_somebody_has_looked(shown, hers, moderator, settings):
    settings.MATURE = True
    output = shown(withheld=Withheld.PHOTOGRAPH, rating="mature")
    assert [case.output for case in cases.withheld(moderator)] == [output]
    decide(hers, output, "leave")
    output.refresh_from_db()
    assert output.withheld == ""
    assert not cases.withheld(moderator)


class TestRepeats:
    @pytest.fixture
    def repeats(self, person):
        """Somebody's refused texts, the last of which is one too many."""

        def refuse(count: int, **facts: object) -> None:
            facts = {"person": person, "where": "submit", "rule": "blocked", "words": {"prompt": ["kettle"]}} | facts
            for number in range(count):
                last = number == count - 1
                Refusal.objects.create(texts={"prompt": f"{number} angry kettles"}, for_review=last, **facts)

        refuse(4)
        return refuse

    def test_the_facts_are_at_hand(self, repeats, person, shown, other, hers, moderator):
        Report.objects.create(output=shown(), owner=person, reporter=other, wrong="hate")
        page = hers.get(reverse("moderation")).content.decode()
        for fact in (
            "mira",
            "0 angry kettles",
            "3 angry kettles",
            "What led to it: kettle",
            "4 texts refused",
            "1 report",
        ):
            assert fact in page
        (found,) = cases.refused_often(moderator)
        assert found.person == person
        assert len(found.refusals) == 4

    @pytest.mark.parametrize(
        ("act", "logged"), [("leave", "left_alone"), ("warn", "warned"), ("pause", "paused"), ("ban", "banned")]
    )
    def test_one_key_each_closes_it_and_is_written_down(self, repeats, person, hers, moderator, act, logged):
        url = reverse("moderation_refusals", args=[person.pk])
        assert hers.post(url, {"act": act, "note": NOTE, "days": "3"}).status_code == 302
        entry = AuditEntry.objects.get(act=logged)
        assert (entry.by_id, entry.person_id, entry.reason) == (moderator.pk, person.pk, NOTE)
        assert not cases.refused_often(moderator)
        repeats(1)
        assert len(cases.refused_often(moderator)) == 1

    def test_to_leave_it_ends_the_pause_that_followed(self, repeats, person, hers):
        Profile.objects.create(user=person, paused_until=timezone.now() + timedelta(days=7))
        assert "End the pause" in hers.get(reverse("moderation")).content.decode()
        hers.post(reverse("moderation_refusals", args=[person.pk]), {"act": "leave", "note": NOTE})
        assert Profile.objects.get(user=person).paused_until is None

    def test_the_page_of_the_person_closes_it_too_and_an_act_about_a_result_does_not(
        self, repeats, person, shown, hers, moderator
    ):
        decide(hers, shown(), "warn")
        decide(hers, shown(), "withhold")
        assert len(cases.refused_often(moderator)) == 1
        hers.post(reverse("person_pause", args=[person.pk]), {"pause-days": "3", "pause-reason": NOTE})
        assert not cases.refused_often(moderator)

    @pytest.mark.parametrize("wrong", [{"note": ""}, {"act": "remove"}, {"act": "pause", "days": "0"}])
    def test_what_is_wrong_stands_beside_it(self, repeats, person, hers, wrong):
        url = reverse("moderation_refusals", args=[person.pk])
        answer = hers.post(url, {"act": "leave", "note": NOTE, **wrong})
        assert answer.status_code == 422
        assert f'id="note-person-{person.pk}-errors"' in answer.content.decode() or "errors" in answer.content.decode()
        assert not AuditEntry.objects.exists()

    def test_of_a_moderator_an_operator_decides(self, repeats, other, hers, moderator, operator, client_of):
        repeats(1, person=moderator)
        url = reverse("moderation_refusals", args=[moderator.pk])
        assert [found.may_decide for found in cases.refused_often(moderator)] == [True, False]
        assert hers.post(url, {"act": "leave", "note": NOTE}).status_code == 403
        assert client_of(operator).post(url, {"act": "leave", "note": NOTE}).status_code == 302

    def test_it_costs_no_query_for_each(self, repeats, other, moderator, django_assert_max_num_queries):
        repeats(3, person=other)
        with django_assert_max_num_queries(12):
            cases.refused_often(moderator)


def test_what_was_removed_is_deleted_when_no_appeal_can_bring_it_back(reported, hers, monkeypatch):
    decide(hers, reported, "remove")
    hers.post(reverse("moderation_delete_removed"))
    assert Output.objects.filter(pk=reported.pk).exists()
    monkeypatch.setattr(cases, "APPEAL_DAYS", 0)
    hers.post(reverse("moderation_delete_removed"))
    assert not Output.objects.filter(pk=reported.pk).exists()


def test_a_pause_says_where_to_object(reported, hers):
    decide(hers, reported, "pause", days="3")
    entry = AuditEntry.objects.get(act="paused")
    assert Notice.objects.filter(user=reported.owner, url=reverse("appeal", args=[entry.pk])).exists()
