"""Hearts in Chromium: pressed twice, pressed while cards are chosen, pressed in vain."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from gallery.models import Favourite

from .walls import WIDE, wall

FAVOURITE = "**/favourite/"


@pytest.fixture
def hearts(open_page, person, media) -> Page:
    wall(person, 4)
    return open_page("/gallery/", viewport=WIDE)


@pytest.fixture
def in_trouble(browser, live_server, person, client_of, media) -> Iterator[tuple[Page, list[str]]]:
    """The same, where answers may fail, and the errors that nobody caught."""
    wall(person, 1)
    context = browser.new_context(base_url=live_server.url, viewport=WIDE)
    session = client_of(person).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page, uncaught = context.new_page(), []
    page.on("pageerror", lambda error: uncaught.append(str(error)))
    page.goto("/gallery/")
    yield page, uncaught
    context.close()


def heart(page: Page, number: int = 0) -> Locator:
    page.locator(".tile").nth(number).hover()
    return page.locator(".tile > .heart").nth(number)


def test_the_last_press_wins_while_the_first_is_on_its_way(hearts):
    waiting: list[Route] = []
    hearts.route(FAVOURITE, lambda route: waiting.append(route), times=1)
    button = heart(hearts)
    with hearts.expect_request(FAVOURITE):
        button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(button).to_be_focused()
    with hearts.expect_response(lambda answer: answer.request.post_data_json["on"] == "0"):
        waiting.pop().continue_()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert not Favourite.objects.exists()


def test_a_heart_that_is_pressed_by_its_key_chooses_nothing(hearts):
    hearts.get_by_role("button", name="Select", exact=True).click()
    hearts.locator(".tile > a").nth(1).focus()
    hearts.keyboard.press("f")
    expect(hearts.locator(".tile > .heart").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(hearts.locator(".pick:checked")).to_have_count(0)


def test_a_heart_that_is_pressed_with_shift_chooses_nothing(hearts):
    with hearts.expect_response(FAVOURITE):
        heart(hearts).click(modifiers=["Shift"])
    expect(hearts.locator(".pick:checked")).to_have_count(0)


def test_without_the_server_it_is_as_before_and_that_is_said(in_trouble):
    page, uncaught = in_trouble
    button = heart(page)
    page.context.set_offline(True)
    button.click()
    expect(page.locator(".toast")).to_contain_text("cannot be reached")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.context.set_offline(False)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_load_state("networkidle")
    assert Favourite.objects.count() == 1
    assert uncaught == []


def test_a_page_of_an_earlier_session_says_that_it_has_to_be_loaded_again(in_trouble):
    page, uncaught = in_trouble
    tokens = page.locator("[name=csrfmiddlewaretoken]")
    tokens.evaluate_all("fields => { for (const field of fields) field.value = 'x'.repeat(64); }")
    button = heart(page)
    button.click()
    expect(page.locator(".toast")).to_contain_text("Please reload the page")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert uncaught == []
