"""Choosing cards of the wall, by boxes, ranges, a rectangle, keys and fingers, and what is done with them."""

import io
import uuid
import zipfile

import pytest
from playwright.sync_api import Page, expect

from gallery.models import Favourite, Output, Tag

from .scrolling import SCROLL
from .walls import WIDE, wall


@pytest.fixture
def chosen(open_page, person, media) -> Page:
    wall(person, 12)
    return open_page("/gallery/", viewport=WIDE)


def numbers(page: Page) -> list[int]:
    """Which cards are chosen."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.pick')].flatMap((box, number) => box.checked ? [number] : [])"
    )


def test_boxes_and_ranges(chosen):
    chosen.locator(".tile").nth(2).hover()
    chosen.locator(".pick").nth(2).click()
    expect(chosen.locator(".selection")).to_be_visible()
    chosen.locator(".pick").nth(6).click(modifiers=["Shift"])
    assert numbers(chosen) == [2, 3, 4, 5, 6]
    expect(chosen.locator(".selection output")).to_have_text("5 selected")
    chosen.locator(".pick").nth(4).click()
    assert numbers(chosen) == [2, 3, 5, 6]
    chosen.keyboard.press("Escape")
    assert numbers(chosen) == []
    expect(chosen.locator(".selection")).to_be_hidden()


def test_while_selecting_a_press_on_a_card_chooses_it(chosen):
    chosen.get_by_role("button", name="Select", exact=True).click()
    chosen.locator(".tile a").nth(1).click()
    chosen.locator(".tile a").nth(3).click(modifiers=["Shift"])
    assert numbers(chosen) == [1, 2, 3]
    chosen.get_by_role("button", name="All on this page").click()
    assert numbers(chosen) == list(range(12))


def test_the_keyboard_chooses_too(chosen):
    chosen.locator(".tile a").nth(1).focus()
    chosen.keyboard.press("x")
    chosen.keyboard.press("Shift+ArrowRight")
    chosen.keyboard.press("Shift+ArrowRight")
    assert numbers(chosen) == [1, 2, 3]
    chosen.keyboard.press("Control+a")
    assert numbers(chosen) == list(range(12))


def test_a_rectangle_chooses_what_it_touches(chosen):
    chosen.get_by_role("button", name="Select", exact=True).click()
    first, third = (chosen.locator(".tile").nth(number).bounding_box() for number in (0, 2))
    chosen.mouse.move(first["x"] + 20, first["y"] + 60)
    chosen.mouse.down()
    chosen.mouse.move(third["x"] + 30, third["y"] + 90, steps=6)
    expect(chosen.locator(".lasso")).to_be_visible()
    assert numbers(chosen) == [0, 1, 2]
    chosen.mouse.move(first["x"] + 40, first["y"] + 90, steps=6)
    assert numbers(chosen) == [0]
    chosen.mouse.up()
    expect(chosen.locator(".lasso")).to_have_count(0)
    assert numbers(chosen) == [0]


def test_hearts_tags_and_the_trash_for_many(chosen):
    for number in (0, 1):
        chosen.locator(".tile").nth(number).hover()
        chosen.locator(".pick").nth(number).check()
    chosen.get_by_role("button", name="Favourite", exact=True).click()
    expect(chosen.locator(".tile > .heart[aria-pressed=true]")).to_have_count(2)
    assert Favourite.objects.count() == 2

    chosen.locator(".tile").nth(2).hover()
    with chosen.expect_response("**/favourite/"):
        chosen.locator(".tile > .heart").nth(2).click()
    expect(chosen.locator(".tile > .heart[aria-pressed=true]")).to_have_count(3)
    chosen.locator(".tile > a").nth(0).focus()
    with chosen.expect_response("**/favourite/"):
        chosen.keyboard.press("f")
    expect(chosen.locator(".tile > .heart[aria-pressed=true]")).to_have_count(2)
    assert set(Favourite.objects.values_list("output__seed", flat=True)) == {1, 2}

    chosen.locator(".tile > .heart").nth(0).focus()
    chosen.keyboard.press("Enter")
    expect(chosen.locator(".tile > .heart").nth(0)).to_have_attribute("aria-pressed", "true")
    expect(chosen.locator(".tile > .heart").nth(0)).to_be_focused()

    chosen.locator(".tile a").nth(0).focus()
    chosen.keyboard.press("x")
    chosen.locator(".selection summary", has_text="Tag").click()
    chosen.get_by_label("Tag", exact=True).fill("kettle")
    chosen.keyboard.press("Enter")
    expect(chosen.locator(".toast", has_text="Tagged")).to_be_visible()
    assert Tag.objects.get().outputs.count() == 1

    chosen.locator(".tile a").nth(0).focus()
    chosen.keyboard.press("x")
    chosen.get_by_role("button", name="To the trash").click()
    expect(chosen.locator(".tile")).to_have_count(11)
    assert Output.objects.exclude(trashed_at=None).count() == 1


def test_hearts_and_boxes_of_all_pages_are_sent(open_page, person, media):
    wall(person, 100, minutes=0.01)
    page = open_page("/gallery/", viewport=WIDE)
    page.evaluate(SCROLL)
    expect(page.locator(".tile")).to_have_count(100)
    for number in (1, 99):
        page.locator(".pick").nth(number).check()
    page.get_by_role("button", name="Favourite", exact=True).click()
    expect(page.locator(".tile > .heart[aria-pressed=true]")).to_have_count(2)
    page.locator(".tile").nth(98).hover()
    with page.expect_response("**/favourite/"):
        page.locator(".tile > .heart").nth(98).click()
    expect(page.locator(".tile > .heart[aria-pressed=true]")).to_have_count(3)
    assert set(Favourite.objects.values_list("output__seed", flat=True)) == {1, 98, 99}


def test_what_is_chosen_is_compared_or_downloaded(chosen):
    chosen.locator(".tile a").nth(0).focus()
    chosen.keyboard.press("x")
    compare = chosen.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    chosen.keyboard.press("Shift+ArrowRight")
    with chosen.expect_download() as download:
        chosen.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as content:
        assert len([name for name in content.namelist() if name.endswith(".png")]) == 2
    compare.click()
    chosen.wait_for_url("**/compare/?o=*&o=*")


@pytest.fixture
def stack(person, media) -> list[Output]:
    """Of four the first three."""
    outputs = wall(person, 4)
    stack = uuid.uuid4()
    Output.objects.filter(pk__in=[output.pk for output in outputs[:3]]).update(stack=stack, leads_stack=False)
    Output.objects.filter(pk=outputs[0].pk).update(leads_stack=True)
    return outputs[:3]


def test_a_closed_stack_is_chosen_whole(open_page, stack):
    page = open_page("/gallery/", viewport=WIDE)
    page.locator(".tile > a").nth(0).focus()
    page.keyboard.press("x")
    expect(page.locator(".selection output")).to_have_text("3 selected")
    page.get_by_role("button", name="To the trash").click()
    expect(page.locator(".toast")).to_contain_text("3 of 3")
    page.reload()
    expect(page.locator(".tile")).to_have_count(1)


def test_without_scripts_a_closed_stack_is_chosen_whole_too(open_page, stack):
    page = open_page("/gallery/", java_script_enabled=False)
    page.locator(".pick").nth(0).check()
    page.get_by_role("button", name="To the trash").click()
    expect(page.locator(".toast")).to_contain_text("3 of 3")
    expect(page.locator(".tile")).to_have_count(1)


def test_without_scripts_the_boxes_and_the_bar_are_there(open_page, person, media):
    wall(person, 3)
    page = open_page("/gallery/", java_script_enabled=False)
    page.locator(".tile").nth(2).hover()
    page.locator(".heart").nth(2).click()
    expect(page.locator(".heart").nth(2)).to_have_attribute("aria-pressed", "true")
    page.locator(".pick").nth(1).check()
    page.get_by_role("button", name="To the trash").click()
    expect(page.locator(".tile")).to_have_count(2)


# ---- Choosing by touch ----


@pytest.fixture
def phone(open_page, person, media) -> Page:
    wall(person, 12)
    return open_page("/gallery/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)


class Finger:
    """One that can stay where it is, which Playwright's own cannot."""

    def __init__(self, page: Page) -> None:
        self.page, self.line = page, page.context.new_cdp_session(page)

    def put(self, number: int) -> tuple[float, float]:
        """On this card."""
        box = self.page.locator(".tile").nth(number).bounding_box()
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self._send("touchStart", at)
        return at

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", (x, y))

    def lift(self) -> None:
        self._send("touchEnd")

    def _send(self, type: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.line.send("Input.dispatchTouchEvent", {"type": type, "touchPoints": touches})


def test_a_finger_that_rests_begins_to_choose_and_goes_on_to_another_card(phone):
    finger = Finger(phone)
    finger.put(1)
    expect(phone.locator(".feed")).to_have_attribute("data-selecting", "")
    finger.lift()
    assert numbers(phone) == [1]
    finger.put(4)
    expect(phone.locator(".selection output")).to_have_text("4 selected")
    finger.lift()
    assert numbers(phone) == [1, 2, 3, 4]
    phone.locator(".tile > a").nth(2).tap()
    expect(phone.locator(".selection output")).to_have_text("3 selected")
    assert phone.url.endswith("/gallery/")


def test_a_thumb_reaches_the_way_out_however_far_the_acts_are_pushed(phone):
    finger = Finger(phone)
    finger.put(1)
    expect(phone.locator(".feed")).to_have_attribute("data-selecting", "")
    finger.lift()
    out = phone.get_by_role("button", name="Select nothing")
    for pushed in (0, 10_000):
        phone.locator(".selection").evaluate("(bar, by) => { bar.scrollLeft = by; }", pushed)
        box = out.bounding_box()
        assert 0 <= box["x"] < 60
        assert min(box["width"], box["height"]) >= 40
    out.tap()
    expect(phone.locator(".selection")).to_be_hidden()
    expect(phone.locator(".feed[data-selecting]")).to_have_count(0)


def test_a_tap_that_chooses_leaves_a_card_as_it_looks(phone):
    phone.get_by_role("button", name="Select", exact=True).tap()
    phone.locator(".tile > a:first-child").nth(2).tap()
    assert numbers(phone) == [2]
    caption = phone.locator(".caption").nth(2)
    caption.evaluate("caption => Promise.all(caption.getAnimations().map((fading) => fading.finished))")
    expect(caption).to_have_css("opacity", "0")


def test_a_finger_that_moves_scrolls(phone):
    phone.clock.install()
    finger = Finger(phone)
    x, y = finger.put(5)
    for step in range(1, 9):
        finger.move(x, y - 20 * step)
    phone.wait_for_function("() => scrollY > 40")
    phone.clock.fast_forward(2000)  # longer than a finger has to rest
    finger.lift()
    assert numbers(phone) == []


def test_a_finger_that_taps_opens(phone):
    phone.locator(".tile > a").nth(5).tap()
    phone.wait_for_url("**/gallery/*-*/*")
