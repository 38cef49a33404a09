"""What is being made, watched: progress, preview, the end; and asking only while somebody looks."""

import io

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from generation import ledger
from generation.engine.api import Progress, Stage
from generation.models import Worker


@pytest.fixture
def running(person, ask):
    """A generation that a worker has claimed."""
    ask(person, model="flux", prompt="a lighthouse", steps=10)
    now = timezone.now()
    worker = Worker.objects.create(name="w", hostname="h", pid=1, device="cpu", started_at=now, seen_at=now)
    return ledger.claim(worker)


def jpeg(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def test_progress_preview_and_result_come_by_themselves(open_page, person, running, make):
    page = open_page("/")
    ledger.beat(running, Progress(Stage.DENOISING, step=3, steps=10))
    page.get_by_text("Denoising 3 of 10", exact=True).wait_for()
    assert page.get_by_role("progressbar").evaluate("bar => bar.value") == pytest.approx(0.305)
    ledger.show(running, jpeg("teal"))
    preview = page.locator("img.preview")
    preview.wait_for()
    first = preview.get_attribute("src")
    ledger.beat(running, Progress(Stage.DENOISING, step=7, steps=10))
    ledger.show(running, jpeg("orange"))
    expect(preview).not_to_have_attribute("src", first)
    expect(page.locator("#spoken")).to_contain_text("Denoising 7 of 10")
    make(person, generation=running)
    ledger.finish(running)
    page.locator("[data-card][data-state=succeeded] img.whole").wait_for()
    expect(page.locator("#latest .tile")).to_have_count(1)
    expect(page.locator("#queue .entry")).to_have_count(0)


def test_a_failure_says_why_and_can_be_tried_again(open_page, running):
    page = open_page(f"/generations/{running.pk}/")
    ledger.fail(running, "The weights of this model are missing.")
    page.get_by_text("The weights of this model are missing.").wait_for()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Next in line", exact=True).wait_for()


def test_cancel_ends_it(open_page, running):
    page = open_page("/")
    page.locator("#stage").get_by_role("button", name="Cancel").click()
    page.locator("[data-card][data-state=cancelled]").wait_for()
    running.refresh_from_db()
    assert running.state == "cancelled"


def test_nobody_asks_while_nobody_looks(open_page, running):
    page = open_page("/")
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true})")
    asked = (
        "(element) => new Promise((done) => { let sent = false;"
        "element.addEventListener('htmx:beforeSend', () => { sent = true; }, {once: true});"
        "htmx.trigger(element, 'look'); setTimeout(() => done(sent)); })"
    )
    card = page.locator("[data-card]")
    page.evaluate("window.away = true")
    assert card.evaluate(asked) is False
    page.evaluate("window.away = false")
    assert card.evaluate(asked) is True
