"""The operator's page as operators see it: wide and narrow, light and dark, under the strict CSP."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from generation.models import State
from tests.operations.test_metrics import READINGS, asked, worker


@pytest.fixture
def busy_site(person, other):
    """A day with something in each part of the page."""
    worker("one", readings=READINGS | {"memory_used_bytes": 21 * 2**30, "peak_bytes": 30 * 2**30}, warm_models=["pony"])
    worker("two", silent=600, readings={})
    worker("three", draining=True, readings=READINGS, warm_models=["flux", "anisora"])
    for hours in range(24):
        for number in range((hours * 7) % 11):
            ended = timezone.now() - timedelta(hours=hours, minutes=3)
            state = State.FAILED if number == 5 else State.SUCCEEDED
            asked((person, other)[number % 2], state, waited=20 * number, ran=30, finished_at=ended, gpu_seconds=40)
    asked(person, State.FAILED, error="Something went wrong while making this.")
    asked(person, waited=100)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_it_fits_and_its_bars_can_be_told_apart(open_page, busy_site, scheme, width):
    root = User.objects.create_superuser("root")
    page = open_page("/admin/operations/", user=root, color_scheme=scheme, viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    fills = page.evaluate(
        """() => ['series-0', 'series-1', 'grid'].map((name) => {
             const style = getComputedStyle(document.querySelector(`.chart.ended .${name}`));
             return name === 'grid' ? style.stroke : style.fill;
           })"""
    )
    assert len(set(fills)) == 3
    assert page.locator(".chart svg").first.bounding_box()["width"] > min(300, width * 0.75)
