"""Scrolling through a gallery of 5,000 in Chromium: shifts, the longest task, memory, as the wall grows."""

import tempfile
from pathlib import Path

from tests.browser.scrolling import SCROLL, WATCH, longest_task, used_heap
from tests.browsing import chromium, watched_page
from tests.site import Site

PAGES = (14, 28, 70, 139)
SEED = """
from django.contrib.auth.models import User
from tests.browser.walls import wall
wall(User.objects.get(username="demo"), 5000, minutes=0.02)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), MEDIAGEN_WORKERS="0")
        site.start()
        try:
            site.manage("shell", "-c", SEED)
            site.sign_in()
            scroll(site)
        finally:
            site.stop()


def scroll(site: Site) -> None:
    print(f"{'cards':>6} {'shift':>7} {'longest task, ms':>17} {'JavaScript, MB':>15} {'elements':>9}")
    session = str(site.client.cookies["sessionid"])
    with (
        chromium() as browser,
        watched_page(browser, site.url, session, viewport={"width": 1440, "height": 900}) as page,
    ):
        page.goto("/gallery/")
        page.evaluate(WATCH)
        for pages in PAGES:
            longest = longest_task(browser, page, lambda pages=pages: page.evaluate(SCROLL, pages))
            shift = page.evaluate("window.shifts.reduce((sum, each) => sum + each, 0)")
            elements = page.evaluate("document.querySelectorAll('*').length")
            shown = page.locator(".tile").count()
            print(
                f"{shown:6} {shift:7.4f} {longest * 1000:17.1f} {used_heap(page) / 1e6:15.2f} {elements:9}", flush=True
            )
