"""The operator's page: what it tells, to whom, and at what cost."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import plots
from generation.models import Share, State

from .test_metrics import READINGS, SECRET, asked, worker

pytestmark = pytest.mark.django_db
PAGE = "/admin/operations/"


@pytest.fixture
def operator(client_of):
    return client_of(User.objects.create_superuser("root"))


def test_it_is_for_staff_who_may_see_generations(client, client_of, person):
    looker = User.objects.create_user("looker", is_staff=True)
    assert client.get(PAGE).status_code == client_of(person).get(PAGE).status_code == 302
    assert client_of(looker).get(PAGE).status_code == 403
    looker.user_permissions.set(Permission.objects.filter(codename="view_generation"))
    assert client_of(looker).get(PAGE).status_code == 200
    assert client_of(looker).post(PAGE).status_code == 405


def test_every_page_of_the_admin_leads_there_for_those_who_may(client_of, operator):
    assert PAGE in operator.get("/admin/").content.decode()
    assert PAGE not in client_of(User.objects.create_user("helper", is_staff=True)).get("/admin/").content.decode()


@pytest.mark.parametrize("span", ["", "?span=day", "?span=week", "?span=century"])
def test_an_empty_site_has_its_page(operator, span):
    page = operator.get(PAGE + span).content.decode()
    assert "Nothing failed." in page
    assert page.count("<figure") == 3


def test_it_tells_how_the_site_does(operator, person, other):
    Share.objects.create(owner=person, weight=2)
    worker("one", readings=READINGS, capabilities={"memory_bytes": 4000}, warm_models=["pony"])
    asked(person, waited=300)
    asked(person, State.SUCCEEDED, waited=40, ran=10, gpu_seconds=8)
    asked(other, State.SUCCEEDED, waited=20, ran=10, gpu_seconds=70)
    asked(other, State.FAILED, error="161 frames do not fit.")
    asked(other, State.FAILED, error="17 frames do not fit.")
    answer = operator.get(PAGE)
    seen = answer.context
    assert seen["now"]["queue"] == {"queued": 1, "running": 0}
    assert (seen["now"]["ended"], seen["now"]["failed_percent"]) == (4, 50)
    assert [(use.name, use.weight, use.today, use.week) for use in seen["people"]] == [
        ("oleg", 1.0, 70.0, 70.0),
        ("mira", 2.0, 8.0, 8.0),
    ]
    assert seen["failures"] == [("N frames do not fit.", 2)]
    ended, waited, failed = (chart.plot.bars[-1].says for chart in seen["charts"])
    assert ended.endswith("succeeded: 2, failed: 2, cancelled: 0")
    assert waited.endswith("half waited at most: 20, nine of ten waited at most: 40")
    assert failed.endswith("failed: 2")
    assert seen["workers"][0]["state"] == ("ready", "ready")
    assert seen["workers"][0]["hit_percent"] == pytest.approx(100 * 5 / 7)
    assert SECRET not in answer.content.decode()


def test_buckets_hold_what_ended_in_them(operator, person):
    for hours in (0, 2, 30, 100):
        asked(person, State.SUCCEEDED, finished_at=timezone.now() - timedelta(hours=hours), gpu_seconds=1)
    totals = {}
    for span in ("day", "week"):
        chart = operator.get(PAGE, {"span": span}).context["charts"][0]
        totals[span] = sum(int(re.search(r"succeeded: (\d+)", bar.says)[1]) for bar in chart.plot.bars)
    assert totals == {"day": 2, "week": 4}


def test_workers_are_ready_working_draining_or_silent(operator, person, settings):
    worker("a-ready")
    asked(person, State.RUNNING, worker=worker("b-working"), started_at=timezone.now())
    worker("c-draining", draining=True)
    worker("d-silent", silent=settings.LEASE_SECONDS + 1)
    states = [each["state"][0] for each in operator.get(PAGE).context["workers"]]
    assert states == ["ready", "working", "draining", "silent"]


def test_numbers_of_a_drawing_are_written_for_machines_in_every_language(operator, person):
    asked(person, State.SUCCEEDED, waited=3)
    page = operator.get(PAGE, headers={"Accept-Language": "ru"}).content.decode()
    assert not re.search(r'(?:x|y|width|height|x1|y1)="\d+,\d+"', page)


def test_it_asks_no_more_for_more_rows(operator, person):
    def asks() -> int:
        with CaptureQueriesContext(connection) as captured:
            operator.get(PAGE)
        return len(captured)

    worker("one", readings=READINGS)
    asked(person, State.SUCCEEDED)
    few = asks()
    for number in range(20):
        worker(f"more-{number}", readings=READINGS)
        asked(User.objects.create_user(f"person{number}"), State.SUCCEEDED)
    assert asks() == few < 80


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 4), (3, 4), (4, 4), (5, 8), (11, 12), (12.5, 20), (21, 40), (119, 120), (7000, 8000)]
)
def test_an_axis_ends_at_a_number_with_whole_quarters(largest, top):
    assert plots.nice_top(largest) == top


def test_bars_stand_on_one_another_inside_the_box():
    plot = plots.stacked([[1, 0, 2], [0, 0, 0], [4, 4, 4]], ["a", "b", "c"], ["x", "y", "z"])
    first, second, third = plot.bars
    assert [segment.series for segment in first.segments] == [0, 2]
    assert second.segments == ()
    lower, upper = first.segments
    assert upper.y + upper.height == pytest.approx(lower.y)
    assert lower.y + lower.height == pytest.approx(plots.HEIGHT - plots.BOTTOM)
    assert third.segments[-1].y == pytest.approx(plots.TOP)
    assert [tick.label for tick in plot.values] == ["0", "3", "6", "9", "12"]
