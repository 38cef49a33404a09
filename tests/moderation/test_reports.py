"""Anybody to whom something is shown may say what is wrong with it."""

import pytest
from django.test import Client
from django.urls import reverse

from gallery import sharing
from gallery.models import Visibility
from moderation.models import WORDS_LIMIT, Report

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
