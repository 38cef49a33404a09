"""Looking at one output: down to its pixels, frame by frame, one after the other, and back to where one was."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gallery.grid import PAGE_SIZE
from gallery.models import Output

from .conftest import mp4_bytes
from .walls import wall

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def viewer(open_page, person, media) -> Page:
    """The middle one of three."""
    outputs = wall(person, 3)
    page = open_page(f"/gallery/{outputs[1].pk}/", viewport=WIDE)
    page.wait_for_function("() => document.querySelector('[data-zoom-said]').textContent")
    return page


def scale(page: Page) -> float:
    return page.locator(".whole").evaluate("picture => picture.getBoundingClientRect().width / picture.offsetWidth")


def test_the_wheel_and_keys_and_a_double_click_zoom(viewer):
    assert scale(viewer) == pytest.approx(1, abs=0.01)
    viewer.keyboard.press("+")
    assert scale(viewer) == pytest.approx(1.5, abs=0.01)
    viewer.keyboard.press("-")
    assert scale(viewer) == pytest.approx(1, abs=0.01)
    viewer.get_by_role("button", name="Larger").click()
    assert scale(viewer) == pytest.approx(1.5, abs=0.01)
    viewer.keyboard.press("0")
    viewer.locator(".whole").dblclick()
    assert scale(viewer) > 1
    viewer.locator(".whole").dblclick()
    assert scale(viewer) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("side", [256, 2048])
def test_pixel_for_pixel_whether_it_was_fitted_larger_or_smaller(open_page, person, media, side):
    (output,) = wall(person, 1)
    Output.objects.update(width=side, height=side)
    page = open_page(f"/gallery/{output.pk}/", viewport=WIDE)
    picture, said = page.locator(".whole"), page.locator("[data-zoom-said]")
    expect(said).not_to_have_text("100 %")
    fitted = picture.bounding_box()
    page.keyboard.press("1")
    expect(said).to_have_text("100 %")
    assert picture.bounding_box()["width"] == pytest.approx(side, abs=1)
    page.keyboard.press("0")
    assert picture.bounding_box() == fitted


PART = """([x, y]) => {
  const box = document.querySelector(".whole").getBoundingClientRect();
  return [(x - box.left) / box.width, (y - box.top) / box.height];
}"""
"""Which part of the picture is at a point of the page."""


def test_the_point_under_the_pointer_stays_and_the_rest_is_dragged(viewer):
    point = [500, 500]
    before = viewer.evaluate(PART, point)
    viewer.mouse.move(*point)
    viewer.mouse.wheel(0, -900)
    viewer.wait_for_function("() => document.querySelector('.viewer').hasAttribute('data-zoomed')")
    assert viewer.evaluate(PART, point) == pytest.approx(before, abs=0.01)
    viewer.mouse.down()
    viewer.mouse.move(560, 530, steps=4)
    viewer.mouse.up()
    assert viewer.evaluate(PART, [560, 530]) == pytest.approx(before, abs=0.01)


def test_the_arrow_keys_move_what_is_larger_and_lead_on_only_from_what_fits(viewer):
    stayed = viewer.url
    for _ in range(6):
        viewer.keyboard.press("+")
    picture = viewer.locator(".whole")
    before = picture.bounding_box()
    viewer.keyboard.press("ArrowRight")
    viewer.keyboard.press("ArrowDown")
    after = picture.bounding_box()
    assert after["x"] < before["x"]
    assert after["y"] < before["y"]
    viewer.keyboard.press("ArrowLeft")
    viewer.keyboard.press("ArrowUp")
    assert picture.bounding_box() == pytest.approx(before)
    assert viewer.url == stayed
    viewer.keyboard.press("0")
    viewer.keyboard.press("ArrowRight")
    viewer.wait_for_url(lambda url: url != stayed)


def test_a_swipe_leads_on(open_page, person, media):
    newest, middle, oldest = wall(person, 3)
    page = open_page(f"/gallery/{middle.pk}/", viewport=PHONE, has_touch=True)
    swipe = """(by) => {
      const picture = document.querySelector(".whole");
      const send = (name, clientX) => picture.dispatchEvent(new PointerEvent(name,
        { bubbles: true, pointerType: "touch", isPrimary: true, pointerId: 5, clientX, clientY: 300 }));
      send("pointerdown", 200);
      send("pointerup", 200 + by);
    }"""
    page.evaluate(swipe, -120)
    page.wait_for_url(f"**/{oldest.pk}/")
    page.evaluate(swipe, 120)
    page.wait_for_url(f"**/{middle.pk}/")
    page.evaluate(swipe, 120)
    page.wait_for_url(f"**/{newest.pk}/")


def test_a_swipe_leads_on_from_a_film_too_but_not_from_its_bar(open_page, person, make, media):
    (image,) = wall(person, 1, minutes=60)
    film = make(person, content=mp4_bytes(), model="anisora", mode="text2video", num_frames=16)
    page = open_page(f"/gallery/{film.pk}/", viewport=PHONE, has_touch=True)
    swipe = """(above) => {
      const film = document.querySelector("video.whole");
      const clientY = film.getBoundingClientRect().bottom - above;
      const send = (name, clientX) => film.dispatchEvent(new PointerEvent(name,
        { bubbles: true, pointerType: "touch", isPrimary: true, pointerId: 5, clientX, clientY }));
      send("pointerdown", 300);
      send("pointerup", 150);
    }"""
    page.evaluate("() => { window.stayed = true; }")
    page.evaluate(swipe, 20)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert page.evaluate("() => window.stayed")
    page.evaluate(swipe, 120)
    page.wait_for_url(f"**/{image.pk}/")


def test_frames_one_by_one(open_page, person, make):
    content = mp4_bytes(frames=16, fps=16)
    output = make(person, content=content, model="anisora", mode="text2video", num_frames=16)
    page = open_page(f"/gallery/{output.pk}/", viewport=WIDE)
    said, time = page.locator(".frames output"), "() => document.querySelector('video.whole').currentTime"
    page.wait_for_function("() => document.querySelector('video.whole').readyState >= 2")
    slider = page.get_by_role("slider", name="Frame")
    slider.fill("7")
    expect(said).to_have_text("7 / 15")
    page.keyboard.press(".")
    expect(said).to_have_text("8 / 15")
    assert page.evaluate(time) == pytest.approx(8.5 / 16)
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(said).to_have_text("6 / 15")
    assert page.evaluate("() => document.querySelector('video.whole').paused")


def test_the_frames_of_a_gif(open_page, person, make):
    pictures = [Image.new("RGB", (64, 96), (frame * 8, 0, 0)) for frame in range(16)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=60)
    asked = {"model": "anisora", "mode": "text2video", "num_frames": 16, "output_format": "gif"}
    output = make(person, content=file.getvalue(), **asked)
    page = open_page(f"/gallery/{output.pk}/", viewport=WIDE)
    page.get_by_role("slider", name="Frame").fill("7")
    page.keyboard.press(".")
    expect(page.locator(".frames output")).to_have_text("8 / 15")
    shown = page.locator("img.whole")
    expect(shown).to_have_attribute("src", f"/gallery/{output.pk}/frames/8")
    page.wait_for_function("() => document.querySelector('img.whole').naturalWidth === 64")


def test_a_slideshow_runs_by_itself_and_stops_at_the_end(open_page, person, media):
    outputs = wall(person, 2)
    page = open_page("about:blank", viewport=WIDE)
    page.clock.install()
    page.goto(f"/gallery/{outputs[0].pk}/")
    page.keyboard.press("Space")
    page.wait_for_url("**?play=1")
    expect(page.locator(".rail")).to_be_hidden()
    page.clock.run_for(5100)
    page.wait_for_url(f"**/{outputs[1].pk}/?play=1")
    page.clock.run_for(5100)
    page.wait_for_url(f"**/{outputs[1].pk}/")
    expect(page.locator(".rail")).to_be_visible()


def test_back_from_far_down_leads_to_the_card(open_page, person, media):
    outputs = wall(person, 130)
    page = open_page(f"/gallery/{outputs[95].pk}/?type=image", viewport=WIDE)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/{outputs[96].pk}/*")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/gallery/?type=image&at={outputs[96].pk}")
    card = page.locator(f"[data-output='{outputs[96].pk}'] > a")
    expect(card).to_be_focused()
    expect(card).to_be_in_viewport()
    page.get_by_role("link", name="Show newer").click()
    expect(page.locator(f"[data-output='{outputs[96 - PAGE_SIZE].pk}']")).to_have_count(1)
    page.wait_for_function(
        """() => [...document.querySelectorAll(".rows[data-goes-on]")].slice(0, -1).every((rows) =>
             rows.getBoundingClientRect().right - rows.lastElementChild?.getBoundingClientRect().right < 2)"""
    )


def test_it_is_plain_pages_without_scripts(open_page, person, media):
    outputs: list[Output] = wall(person, 3)
    page = open_page("/gallery/?sort=oldest", java_script_enabled=False)
    page.locator(".tile a").first.click()
    page.wait_for_url(f"**/{outputs[2].pk}/?sort=oldest")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url(f"**/{outputs[1].pk}/?sort=oldest")
    page.get_by_role("link", name="Back to the gallery").click()
    expect(page.locator(".tile")).to_have_count(3)
