"""What is above general, with the keyboard alone and with nothing but CSS."""

import pytest
from playwright.sync_api import expect

from gallery.models import Output

from .conftest import mp4_bytes


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


def test_the_tools_of_the_viewer_are_there_while_the_veil_is_open(open_page, mature):
    page = open_page(f"/gallery/{mature.pk}/")
    page.wait_for_function("() => document.querySelector('[data-zoom-said]').textContent")
    larger = page.get_by_role("button", name="Larger")
    zoomed = page.locator(".viewer[data-zoomed]")
    expect(larger).to_be_hidden()
    page.keyboard.press("+")
    expect(zoomed).to_have_count(0)
    page.locator(".veil > summary").click()
    larger.click()
    expect(zoomed).to_have_count(1)
    page.locator(".veil > summary").click()
    expect(zoomed).to_have_count(0)
    expect(larger).to_be_hidden()


def test_a_mature_film_goes_frame_by_frame_once_the_veil_is_open(open_page, person, make, settings):
    settings.MATURE = True
    film = make(person, content=mp4_bytes(), model="anisora", mode="text2video", num_frames=16)
    Output.objects.filter(pk=film.pk).update(rating="mature", rated_by="classifier")
    page = open_page(f"/gallery/{film.pk}/")
    slider, said = page.get_by_role("slider", name="Frame"), page.locator(".frames output")
    expect(slider).to_be_hidden()
    page.keyboard.press(".")
    expect(said).to_have_text("0 / 15")
    page.locator(".veil > summary").click()
    page.wait_for_function("() => document.querySelector('video.whole').readyState >= 2")
    slider.fill("7")
    expect(said).to_have_text("7 / 15")
    assert page.locator("video.whole").evaluate("film => film.currentTime") == pytest.approx(7.5 / 16)


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
