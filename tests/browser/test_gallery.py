"""The gallery: moving pictures, the keyboard, copying a seed, deleting with a second thought."""

import pytest
from playwright.sync_api import expect

from gallery.models import Output
from tests.browser.conftest import mp4_bytes


@pytest.fixture
def video(person, make):
    return make(person, content=mp4_bytes(), model="anisora", mode="text2video", prompt="a paper boat", num_frames=16)


@pytest.mark.parametrize("begin", ["hover", "focus"])
def test_a_video_plays_while_it_is_pointed_at_or_focused(open_page, video, begin):
    page = open_page("/gallery/")
    tile = page.locator(".tile")
    expect(tile.locator(".badge")).to_contain_text("1.0 s")
    getattr(tile, begin)()
    playing = tile.locator("video")
    page.wait_for_function("video => !video.paused && video.currentTime > 0", arg=playing.element_handle())
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_function("video => video.paused", arg=playing.element_handle())


def test_nothing_moves_for_those_who_asked_for_calm(open_page, video):
    page = open_page("/gallery/", reduced_motion="reduce")
    page.locator(".tile").hover()
    page.locator(".tile .caption").wait_for()
    assert page.locator(".tile video").evaluate("video => video.paused")


def test_arrow_keys_walk_the_tiles_and_the_results(open_page, person, make):
    for prompt in ("the oldest", "the middle", "the newest"):
        make(person, prompt=prompt)
    page = open_page("/gallery/")
    page.locator(".tile").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="the middle").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="the oldest").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name="the middle").wait_for()


def test_a_row_keeps_every_shape(open_page, person, make):
    for width, height in ((512, 1024), (1024, 512), (768, 512), (512, 768), (1024, 1024)):
        make(person, width=width, height=height)
    page = open_page("/gallery/", viewport={"width": 1440, "height": 900})
    for tile in page.locator(".tile").all():
        width, height = map(int, tile.get_attribute("data-size").split("x"))
        box = tile.bounding_box()
        assert box["width"] / box["height"] == pytest.approx(width / height, rel=0.01)


def test_older_results_follow_while_scrolling(open_page, person, make):
    for seed in range(30):
        make(person, seed=seed)
    page = open_page("/gallery/")
    expect(page.locator(".tile")).to_have_count(24)
    page.mouse.wheel(0, 10_000)
    expect(page.locator(".tile")).to_have_count(30)
    expect(page.locator(".older")).to_have_count(0)


def test_the_seed_is_copied_with_one_press(open_page, person, make):
    output = make(person, seed=4711)
    page = open_page(f"/gallery/{output.pk}/", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the seed").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "4711"


def test_deleting_asks_first(open_page, person, make):
    output = make(person)
    page = open_page(f"/gallery/{output.pk}/")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).not_to_be_visible()
    assert Output.objects.exists()
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/gallery/")
    assert not Output.objects.exists()


@pytest.mark.parametrize("action", ["Remix", "Use as reference"])
def test_a_result_leads_back_to_the_studio(open_page, person, make, action):
    output = make(person, prompt="an old tram", seed=4711)
    page = open_page(f"/gallery/{output.pk}/")
    page.get_by_role("link", name=action).click()
    if action == "Remix":
        expect(page.get_by_label("Prompt", exact=True)).to_have_value("an old tram")
        expect(page.get_by_label("Seed", exact=True)).to_have_value("4711")
    else:
        expect(page.locator("[name=reference_image_output]")).to_have_value(str(output.pk))
        expect(page.locator("[data-drop-picture]")).to_be_visible()


def test_make_again_queues_the_same_request(open_page, person, make):
    output = make(person, prompt="an old tram", seed=4711)
    page = open_page(f"/gallery/{output.pk}/")
    page.get_by_role("button", name="Make again").click()
    page.locator("[data-card][data-state=queued]").wait_for()
    assert output.reruns.get().parameters == output.parameters
