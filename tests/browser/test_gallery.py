"""The gallery: moving pictures, the keyboard, copying a seed, what leads on from a result."""

import pytest
from playwright.sync_api import expect

from gallery.models import Output
from generation import grids
from generation.catalogue import models
from generation.models import Generation
from generation.request import parse
from tests.browser.conftest import mp4_bytes


@pytest.fixture
def video(person, make):
    return make(person, content=mp4_bytes(), model="anisora", mode="text2video", prompt="a paper boat", num_frames=16)


@pytest.mark.parametrize("begin", ["hover", "focus"])
def test_a_video_plays_while_it_is_pointed_at_or_focused(open_page, video, begin):
    page = open_page("/gallery/")
    tile = page.locator(".tile")
    expect(tile.locator(".badge")).to_contain_text("1.0 s")
    expect(tile.locator("video")).to_have_count(0)
    getattr(tile.locator("a"), begin)()
    playing = tile.locator("video")
    playing.wait_for()
    page.wait_for_function("video => !video.paused && video.currentTime > 0", arg=playing.element_handle())
    assert playing.evaluate("video => video.muted")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    expect(playing).to_have_count(0)


@pytest.fixture
def grid(person, make):
    """Two films of which one is made; the sheet asks on."""
    asked = {"model": "anisora", "mode": "text2video", "prompt": "a paper boat", "seed": 7, "num_frames": 17}
    base = parse(asked)
    axis = grids.Axis(models()["anisora"].parameter("motion_score"), (1.0, 4.0))
    submitted = grids.submit(person, grids.plan(person, base, [axis]))
    made = submitted.generations.get(cell=0)
    make(person, generation=made, content=mp4_bytes())
    Generation.objects.filter(pk=made.pk).update(state="succeeded")
    return submitted


@pytest.mark.parametrize("begin", ["hover", "focus"])
def test_a_cell_of_a_grid_plays_too_and_goes_on_while_others_are_made(open_page, grid, begin):
    page = open_page(f"/grids/{grid.pk}/")
    link = page.locator("td a:has(img)")
    assert link.evaluate("link => link.getBoundingClientRect().width") > 100
    getattr(link, begin)()
    playing = page.locator("td video")
    playing.wait_for()
    film = playing.element_handle()
    page.wait_for_function("video => !video.paused && video.currentTime > 0", arg=film)
    with page.expect_response("**/sheet/"):
        pass
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping')")
    assert film.evaluate("video => video.isConnected && !video.paused")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    expect(playing).to_have_count(0)


def test_cells_of_films_say_how_long_they_are_and_what_is_veiled(open_page, grid, settings):
    settings.MATURE = True
    Output.objects.update(rating="mature", rated_by="classifier")
    cell = open_page(f"/grids/{grid.pk}/").locator("td .tile")
    expect(cell.locator(".badge")).to_contain_text("1.1 s")
    expect(cell.locator(".thumb-rating")).to_have_text("Mature")


def test_columns_of_a_grid_are_as_wide_as_each_other(open_page, grid):
    page = open_page(f"/grids/{grid.pk}/", viewport={"width": 390, "height": 844})
    widths = page.locator(".sheet thead th").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")
    assert len(set(widths)) == 1


def test_a_cell_stands_still_for_those_who_asked_for_calm(open_page, grid):
    page = open_page(f"/grids/{grid.pk}/", reduced_motion="reduce")
    page.locator("td .tile[data-film] a").focus()
    with page.expect_response("**/sheet/"):  # long after the pause that a film would wait
        pass
    expect(page.locator("td video")).to_have_count(0)


def test_nothing_moves_for_those_who_asked_for_calm(open_page, video):
    page = open_page("/gallery/", reduced_motion="reduce")
    page.locator(".tile a").focus()
    page.keyboard.press("x")  # answered after the pause that a film would wait
    expect(page.locator(".pick")).to_be_checked()
    page.wait_for_function("() => document.querySelector('.tile img').complete")
    expect(page.locator(".tile video")).to_have_count(0)


def test_arrow_keys_walk_the_tiles_and_the_results(open_page, person, make):
    for prompt in ("the oldest", "the middle", "the newest"):
        make(person, prompt=prompt)
    page = open_page("/gallery/")
    page.locator(".tile a").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile a").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="the middle").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="the oldest").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name="the middle").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name="the newest").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_url("**/gallery/")
    expect(page.locator(".tile a").first).to_be_focused()


def test_the_seed_is_copied_with_one_press(open_page, person, make):
    output = make(person, seed=4711)
    page = open_page(f"/gallery/{output.pk}/", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the seed").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "4711"


def test_deleting_puts_it_into_the_trash(open_page, person, make):
    output = make(person)
    page = open_page(f"/gallery/{output.pk}/")
    page.get_by_role("button", name="Put it in the trash").click()
    page.wait_for_url("**/gallery/")
    expect(page.locator(".tile")).to_have_count(0)
    assert Output.objects.get().trashed_at


def test_a_remix_starts_from_the_request(open_page, person, make):
    output = make(person, prompt="an old tram", seed=4711)
    page = open_page(f"/gallery/{output.pk}/")
    page.get_by_role("link", name="Remix").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("an old tram")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("4711")


def test_make_again_queues_the_same_request(open_page, person, make):
    output = make(person, prompt="an old tram", seed=4711)
    page = open_page(f"/gallery/{output.pk}/")
    page.get_by_role("button", name="Make again").click()
    page.locator("[data-card][data-state=queued]").wait_for()
    assert output.reruns.get().parameters == output.parameters
