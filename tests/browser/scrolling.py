"""Scrolling through a gallery in Chromium, and what it costs."""

import json
from typing import Any

from playwright.sync_api import Browser, Page

SCROLL = """async (pages) => {
  const frame = () => new Promise(requestAnimationFrame);
  const end = () => scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
  const feed = document.querySelector(".feed");
  const more = () => feed.lastElementChild.matches(".onwards") && feed.childElementCount <= (pages ?? Infinity);
  while (!end() || more()) {
    scrollBy(0, 900);
    await frame();
  }
}"""
"""As fast as pages come, to the end of so many, or of all. It counts what costs nothing to count: no cards."""
WATCH = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((entry) => entry.value)))
    .observe({ type: "layout-shift", buffered: true });
}"""


def used_heap(page: Page) -> int:
    """Bytes of JavaScript that are still in use."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


def longest_task(browser: Browser, page: Page, act: Any) -> float:
    """In seconds of the page's own thread: what other processes take of this machine does not count."""
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    act()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    tasks = [
        event["tdur"] / 1e6
        for event in events
        if event["name"].endswith("RunTask") and "tdur" in event
        if names.get((event["pid"], event["tid"])) == "CrRendererMain"
    ]
    assert tasks
    return max(tasks)
