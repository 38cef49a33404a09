"""Chromium for tests. A page that complains (a script error, something blocked by the CSP, a missing file) fails."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

ABORTED = {"htmx:sendAbort", "htmx:afterRequest"}
"""What htmx says where a newer request takes the place of one, as of estimates on a slow machine. Whatever else fails
is told in other words too."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or the one that Playwright brought."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def watched_page(browser: Browser, base_url: str, session: str | None = None, **options: Any) -> Iterator[Page]:
    """A page of its own context, signed in by the session's cookie."""
    context = browser.new_context(base_url=base_url, **options)
    if session is not None:
        context.add_cookies([{"name": "sessionid", "value": session, "url": base_url}])
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Chromium reports a refused form as a failed resource; that is its answer, not a fault.
        if (
            message.type == "error"
            and "status of 422" not in message.text
            and message.text.partition(",")[0] not in ABORTED
        ):
            complaints.append(f"{page.url}: {message.text} ({message.location['url']})")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    yield page
    context.close()
    assert not complaints, complaints
