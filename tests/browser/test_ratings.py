"""What is above general, with the keyboard alone and with nothing but CSS."""

import pytest
from playwright.sync_api import expect

from gallery.models import Output


@pytest.fixture
def mature(person, make, settings) -> Output:
    settings.MATURE = True
    output = make(person, prompt="a marble statue")
    Output.objects.filter(pk=output.pk).update(rating="mature", rated_by="classifier")
    return output


def blur(page) -> str:
    return page.locator(".whole").evaluate("picture => getComputedStyle(picture).filter")


def test_a_mature_result_is_blurred_until_it_is_pressed_and_again_after(open_page, mature):
    page = open_page(f"/gallery/{mature.pk}/")
    assert blur(page).startswith("blur")
    show = page.locator(".veil > summary")
    expect(page.locator(".veil-closed")).to_have_text("Mature · Show")
    show.focus()
    page.keyboard.press("Enter")
    assert blur(page) == "none"
    expect(page.locator(".veil-open")).to_be_visible()
    page.keyboard.press("Enter")
    assert blur(page).startswith("blur")


def test_a_mature_tile_is_blurred_and_says_what_it_is(open_page, mature):
    tile = open_page("/gallery/").locator(".tile")
    assert tile.locator("img").evaluate("picture => getComputedStyle(picture).filter").startswith("blur")
    expect(tile.locator(".thumb-rating")).to_have_text("Mature")


def test_what_is_withheld_cannot_be_picked(open_page, mature, settings):
    settings.MATURE = False
    Output.objects.filter(pk=mature.pk).update(withheld="mature_off")
    page = open_page("/?model=pony&mode=image2image")
    page.locator("[data-pick]").first.click()
    expect(page.locator("#picker .tile")).to_have_count(1)
    expect(page.locator("#picker .tile")).to_be_hidden()
