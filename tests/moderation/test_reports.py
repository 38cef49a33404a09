"""Anybody to whom something is shown may say what is wrong with it."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from gallery import sharing
from gallery.models import Collection, Output, Visibility
from moderation.models import WORDS_LIMIT, AuditEntry, Report

pytestmark = pytest.mark.django_db
WRONG = {"wrong": "hate", "words": "It mocks foxes."}


def test_a_report_says_who_what_and_whose(shown, other, client_of):
    output = shown()
    answer = client_of(other).post(reverse("report", args=[output.pk]), WRONG)
    assert answer.status_code == 302
    report = Report.objects.get()
    assert (report.output, report.owner, report.reporter) == (output, output.owner, other)
    assert (report.wrong, report.words, report.decided_at) == ("hate", "It mocks foxes.", None)


def test_the_same_report_twice_is_one(shown, other, client_of):
    url = reverse("report", args=[shown().pk])
    assert [client_of(other).post(url, WRONG).status_code for _ in range(2)] == [302, 302]
    assert Report.objects.count() == 1


@pytest.mark.parametrize("wrong", [{}, {"wrong": "ugly"}, {**WRONG, "words": "x" * (WORDS_LIMIT + 1)}])
def test_what_is_not_a_report_is_refused_with_what_was_typed(shown, other, client_of, wrong):
    answer = client_of(other).post(reverse("report", args=[shown().pk]), wrong)
    assert answer.status_code == 422
    assert wrong.get("words", "") in answer.content.decode()
    assert not Report.objects.exists()


def test_whoever_has_the_link_may_report_without_a_name(shown):
    output = shown()
    sharing.share(output, Visibility.LINK, shows_prompt=True, shows_references=False)
    url = reverse("report_by_link", args=[output.link_key])
    assert Client().get(url).status_code == 200
    assert "leads nowhere" not in Client().post(url, WRONG).content.decode()
    assert Report.objects.get().reporter is None


@pytest.mark.parametrize("by_link", [True, False])
def test_reports_are_limited(shown, other, client_of, settings, by_link):
    settings.ACCOUNT_RATE_LIMITS = {"report": "1/h/user", "report_by_link": "1/h/ip"}
    outputs = [shown(), shown()]
    for output in outputs:
        sharing.share(
            output, Visibility.LINK if by_link else Visibility.PUBLIC, shows_prompt=True, shows_references=True
        )
    name = "report_by_link" if by_link else "report"
    client = Client() if by_link else client_of(other)
    urls = [reverse(name, args=[output.link_key if by_link else output.pk]) for output in outputs]
    statuses = [client.post(url, WRONG).status_code for url in urls]
    assert statuses == [200 if by_link else 302, 429]
    assert Report.objects.count() == 1


def test_a_report_outlives_what_it_is_about(shown, other):
    output = shown()
    Report.objects.create(output=output, owner=output.owner, reporter=other, wrong="hate")
    output.delete()
    assert Report.objects.get().output is None


class TestCollections:
    @pytest.fixture
    def shelf(self, person) -> Collection:
        return Collection.objects.create(
            owner=person, title="Foxes", description="All of them.", visibility=Visibility.PUBLIC
        )

    @pytest.fixture
    def reported(self, shelf, other, client_of) -> Collection:
        assert "/report/" in client_of(other).get(reverse("collection", args=[shelf.pk])).content.decode()
        url = reverse("report_collection", args=[shelf.pk])
        assert [client_of(other).post(url, WRONG).status_code for _ in range(2)] == [302, 302]
        report = Report.objects.get()
        assert (report.collection, report.output, report.owner, report.reporter) == (shelf, None, shelf.owner, other)
        return shelf

    def decide(self, client, shelf, act, note="Not here.") -> int:
        url = reverse("moderation_collection", args=[shelf.pk])
        return client.post(url, {"act": act, "note": note, "days": "3"}).status_code

    def test_nobody_reports_their_own_or_what_is_not_there_for_them(self, shelf, person, other, client_of):
        url = reverse("report_collection", args=[shelf.pk])
        assert client_of(person).post(url, WRONG).status_code == 404
        Collection.objects.update(visibility=Visibility.PRIVATE)
        assert client_of(other).post(url, WRONG).status_code == 404
        assert client_of(other).post(url, {}).status_code == 404

    def test_whoever_has_its_link(self, shelf):
        key = uuid.uuid4()
        Collection.objects.update(visibility=Visibility.LINK, link_key=key)
        url = reverse("report_collection_link", args=[key])
        assert url in Client().get(reverse("collection_link", args=[key])).content.decode()
        assert Client().post(url, {}).status_code == 422
        assert Client().post(url, WRONG).status_code == 200
        assert Report.objects.get().reporter is None

    def test_the_facts_are_at_hand(self, reported, hers):
        page = hers.get(reverse("moderation")).content.decode()
        for fact in ("Foxes", "All of them.", "It mocks foxes.", "oleg", "mira", "hate, threats or harassment"):
            assert fact in page

    @pytest.mark.parametrize("act", ["leave", "remove"])
    def test_an_act_about_it_closes_the_case(self, reported, hers, shown, person, other, act):
        output = shown()
        reported.outputs.add(output)
        assert self.decide(hers, reported, act) == 302
        assert Report.objects.get().decided_at is not None
        assert any("looked at what you reported" in notice.message for notice in other.notices.all())
        assert Collection.objects.exists() == (act == "leave")
        assert Output.objects.filter(pk=output.pk).exists()
        entry = AuditEntry.objects.get()
        assert (entry.act, entry.thing) == (
            "left_alone" if act == "leave" else "collection_removed",
            f"collection {reported.pk}",
        )
        assert person.notices.filter(message__contains="removed the collection").exists() == (act == "remove")
        assert self.decide(hers, reported, "leave") == 404

    @pytest.mark.parametrize("act", ["warn", "pause", "ban"])
    def test_an_act_about_its_owner_leaves_it_open(self, reported, hers, act):
        Collection.objects.update(visibility=Visibility.PRIVATE)
        assert self.decide(hers, reported, act) == 302
        assert Report.objects.get().decided_at is None

    def test_who_may_not(self, reported, hers, operator, person, client_of):
        assert self.decide(client_of(person), reported, "leave") == 403
        Collection.objects.update(owner=operator)
        assert self.decide(hers, reported, "remove") == 403
        assert self.decide(hers, reported, "leave", note="") == 422
        assert Collection.objects.exists()
