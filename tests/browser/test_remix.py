"""Remix and compare by mouse and keys: marks at changed fields, frames that are chosen, what is kept meanwhile."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gallery.models import Output
from tests.browser.conftest import mp4_bytes

FRAMES = 16


@pytest.fixture
def video(person, make) -> Output:
    return make(person, content=mp4_bytes(), model="anisora", mode="text2video", prompt="a boat", num_frames=FRAMES)


def field(page: Page, name: str):
    return page.locator(f'#form .field[data-field="{name}"]')


def test_a_changed_field_is_marked_as_one_types_and_taken_back_with_one_press(open_page, person, make):
    output = make(person, prompt="an old tram", seed=4711, steps=30)
    page = open_page(f"/?remix={output.pk}")
    prompt = page.get_by_label("Prompt", exact=True)
    expect(page.locator("[data-changed]")).to_have_count(0)
    prompt.fill("a new tram")
    page.get_by_role("slider", name="Steps").fill("40")
    expect(field(page, "prompt").get_by_text("was an old tram")).to_be_visible()
    expect(page.locator("[data-changed]")).to_have_count(2)
    page.get_by_role("button", name="Reset: Steps").click()
    expect(page.get_by_role("slider", name="Steps")).to_have_value("30")
    expect(prompt).to_have_value("a new tram")
    expect(page.locator("[data-changed]")).to_have_count(1)
    prompt.fill("an old tram")
    expect(page.locator("[data-changed]")).to_have_count(0)


def test_the_frame_at_which_the_player_stands_is_the_one_that_is_used(open_page, video):
    page = open_page(f"/gallery/{video.pk}/", reduced_motion="reduce")
    player = page.locator("[data-viewer] video")
    page.wait_for_function("video => video.readyState >= 2", arg=player.element_handle())
    player.evaluate("(video, at) => { video.pause(); video.currentTime = at; }", (9 + 0.5) / FRAMES)
    page.get_by_text("Use as…").click()
    expect(page.get_by_role("spinbutton", name="Frame")).to_have_value("9")
    page.get_by_role("button", name=re.compile("^Last frame")).click()
    expect(page.locator("[name=last_frame_output]")).to_have_value(f"{video.pk}#9")
    expect(page.get_by_text("Frame 9, from the gallery")).to_be_visible()
    shown = field(page, "last_frame").locator("[data-drop-picture]")
    page.wait_for_function("image => image.naturalWidth > 0", arg=shown.element_handle())


def test_the_frame_at_which_a_gif_stands_is_the_one_that_is_used(open_page, gif):
    output = gif()
    page = open_page(f"/gallery/{output.pk}/")
    for _ in range(3):
        page.keyboard.press(".")
    expect(page.locator(".frames output")).to_have_text(f"3 / {FRAMES - 1}")
    page.get_by_text("Use as…").click()
    frame = page.get_by_role("spinbutton", name="Frame")
    expect(frame).to_have_value("3")
    frame.fill("9")
    frame.press("Tab")
    expect(page.locator(".frames output")).to_have_text(f"9 / {FRAMES - 1}")
    expect(page.locator("img.whole")).to_have_attribute("src", f"/gallery/{output.pk}/frames/9")


def test_what_was_typed_is_still_there_when_one_comes_back_with_a_seed(open_page, person, make):
    output = make(person, prompt="an old tram", seed=4711)
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("my own words")
    page.goto(f"/gallery/{output.pk}/")
    page.get_by_text("Use as…").click()
    page.get_by_role("link", name=re.compile("^Seed")).click()
    expect(page.get_by_label("Seed", exact=True)).to_have_value("4711")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("my own words")
    assert page.url.endswith("/")


def test_two_results_lie_on_each_other_with_a_slider_and_flicker(open_page, person, make):
    one, other = make(person, prompt="a fox", seed=1), make(person, prompt="a fox", seed=2)
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    first, second = page.locator("[data-pane]").all()
    assert first.bounding_box()["x"] < second.bounding_box()["x"]
    page.get_by_role("radio", name="Slider").check()
    assert first.bounding_box()["x"] == second.bounding_box()["x"]
    edge = page.get_by_label("Edge")
    edge.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    box = second.locator(".pane-box")
    assert box.evaluate("box => getComputedStyle(box).clipPath") == "inset(0px 0px 0px 55%)"
    page.get_by_role("radio", name="Flicker").check()
    shown = [box.evaluate("box => getComputedStyle(box).visibility")]
    page.wait_for_function(
        "([box, before]) => getComputedStyle(box).visibility !== before", arg=[box.element_handle(), shown[0]]
    )
    page.get_by_role("radio", name="Side by side").check()
    expect(box).to_be_visible()
    page.get_by_label("Zoom").fill("4")
    scales = page.locator("[data-pane] .whole").evaluate_all(
        "all => all.map((one) => new DOMMatrix(getComputedStyle(one).transform).a)"
    )
    assert scales == [4, 4]


def test_pictures_lie_on_each_other_however_long_their_captions_are(open_page, person, make):
    one, other = make(person, prompt="a fox", seed=1), make(person, prompt="a fox that dances in the snow " * 3, seed=2)
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}", viewport={"width": 390, "height": 844})
    page.get_by_role("radio", name="Slider").check()
    captions, pictures = (
        [found.bounding_box() for found in page.locator(part).all()] for part in ("figcaption", ".pane-box > .whole")
    )
    assert captions[0]["y"] == captions[1]["y"]
    assert captions[0]["width"] < 180
    assert pictures[0] == pictures[1]


def test_for_those_who_asked_for_calm_a_button_swaps(open_page, person, make):
    one, other = make(person, seed=1), make(person, seed=2)
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}", reduced_motion="reduce")
    page.get_by_role("radio", name="Flicker").check()
    box = page.locator("[data-pane]").nth(1).locator(".pane-box")
    expect(box).to_be_hidden()
    page.get_by_role("button", name="Swap").click()
    expect(box).to_be_visible()


def test_videos_step_and_seek_as_one(open_page, person, make, video):
    other = make(person, content=mp4_bytes(), model="anisora", mode="text2video", prompt="a ship", num_frames=FRAMES)
    page = open_page(f"/compare/?o={video.pk}&o={other.pk}")
    for film in page.locator("[data-pane] video").all():
        page.wait_for_function("video => video.readyState >= 2", arg=film.element_handle())

    def frames() -> list[int]:
        return page.locator("[data-pane] video").evaluate_all(
            f"all => all.map((video) => Math.floor(video.currentTime * {FRAMES}))"
        )

    page.get_by_role("button", name="One frame on").click()
    page.get_by_role("button", name="One frame on").click()
    assert frames() == [2, 2]
    page.locator("[data-seek]").fill("11")
    assert frames() == [11, 11]
    page.get_by_role("button", name="One frame back").click()
    assert frames() == [10, 10]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => [...document.querySelectorAll('[data-pane] video')].every((video) => !video.paused)")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => [...document.querySelectorAll('[data-pane] video')].every((video) => video.paused)")


@pytest.fixture
def gif(person, make):
    file = io.BytesIO()
    first, *others = (Image.new("RGB", (64, 96), (frame * 8, 0, 0)) for frame in range(FRAMES))
    first.save(file, "GIF", save_all=True, append_images=others, duration=60)
    asked = {"model": "anisora", "mode": "text2video", "num_frames": FRAMES, "output_format": "gif"}
    return lambda seed=1: make(person, content=file.getvalue(), seed=seed, **asked)


def test_a_gif_steps_and_plays_with_the_film_beside_it(open_page, video, gif):
    page = open_page(f"/compare/?o={gif().pk}&o={video.pk}")
    film, picture = page.locator("[data-pane] video"), page.locator("[data-pane] img")
    page.wait_for_function("video => video.readyState >= 2", arg=film.element_handle())
    page.get_by_role("button", name="One frame on").click()
    expect(picture).to_have_attribute("src", re.compile("/frames/1$"))
    page.locator("[data-seek]").fill("11")
    expect(picture).to_have_attribute("src", re.compile("/frames/11$"))
    assert film.evaluate(f"video => Math.floor(video.currentTime * {FRAMES})") == 11
    page.get_by_role("button", name="Play").click()
    expect(picture).to_have_attribute("src", re.compile("/file$"))
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        """([video, picture]) => video.paused && !video.seeking
             && picture.src.endsWith(`/frames/${Math.floor(video.currentTime * 16)}`)""",
        arg=[film.element_handle(), picture.element_handle()],
    )


def test_gifs_step_as_one_by_their_stills(open_page, gif):
    outputs = [gif(seed) for seed in (1, 2)]
    page = open_page(f"/compare/?o={outputs[0].pk}&o={outputs[1].pk}")

    def shown(what: str) -> None:
        for picture, output in zip(page.locator("[data-pane] img").all(), outputs, strict=True):
            expect(picture).to_have_attribute("src", re.compile(f"/gallery/{output.pk}/{what}$"))

    shown("frames/0")
    page.locator("[data-seek]").fill("14")
    page.get_by_role("button", name="One frame on").click()
    page.get_by_role("button", name="One frame on").click()
    shown("frames/15")
    page.get_by_role("button", name="Play").click()
    shown("file")
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("format", ["gif", "mp4"])
def test_the_difference_of_two_films_is_that_of_the_frame_they_stand_at(open_page, person, make, gif, format):
    asked = {"content": mp4_bytes(), "model": "anisora", "mode": "text2video", "num_frames": FRAMES}
    one, other = (gif(seed) if format == "gif" else make(person, seed=seed, **asked) for seed in (1, 2))
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    page.locator("[data-seek]").fill("5")
    page.get_by_text("Show the difference").click()
    picture, said = page.locator("[data-difference]"), page.locator("[data-difference-frame]")
    expect(picture).to_have_attribute("src", re.compile(f"o={other.pk}&frame=5$"))
    page.wait_for_function("picture => picture.naturalWidth === 64", arg=picture.element_handle())
    expect(said).to_have_text("5")
    page.get_by_role("button", name="One frame on").click()
    expect(picture).to_have_attribute("src", re.compile("&frame=6$"))
    expect(said).to_have_text("6")


def film(make, person, seed: int, frames: int = FRAMES, fps: int = FRAMES) -> Output:
    content = mp4_bytes(frames=frames, fps=fps)
    output = make(person, content=content, model="anisora", mode="text2video", seed=seed)
    Output.objects.filter(pk=output.pk).update(frames=frames, fps=fps)
    return output


def test_the_difference_of_films_of_another_pace_is_that_of_one_moment(open_page, person, make):
    one, other = film(make, person, 1), film(make, person, 2, frames=24, fps=24)
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    page.locator("[data-seek]").fill("10")
    page.get_by_text("Show the difference").click()
    picture = page.locator("[data-difference]")
    expect(picture).to_have_attribute("src", re.compile("&frame=10&frame=15$"))
    page.wait_for_function("picture => picture.naturalWidth === 64", arg=picture.element_handle())
    expect(page.locator("[data-difference-frame]")).to_have_text("10 · 15")


def test_films_are_gone_through_as_long_as_the_shortest_lasts(open_page, person, make):
    long, short = film(make, person, 1, frames=24, fps=24), film(make, person, 2, frames=8)
    page = open_page(f"/compare/?o={long.pk}&o={short.pk}")
    expect(page.locator("[data-seek]")).to_have_attribute("max", "11")


def test_films_begin_anew_together_where_the_shortest_ends(open_page, person, make):
    long, short = film(make, person, 1, frames=48), film(make, person, 2, frames=8)
    page = open_page(f"/compare/?o={long.pk}&o={short.pk}")
    page.evaluate(
        """() => {
          const [leader, other] = document.querySelectorAll("[data-pane] video");
          window.furthest = window.rounds = 0;
          let before = 0;
          const look = () => {
            const now = leader.currentTime;
            window.furthest = Math.max(window.furthest, now);
            if (now < before && !other.paused) window.rounds += 1;
            before = now;
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => window.rounds > 1")
    assert page.evaluate("window.furthest") < 2  # of three seconds


def test_the_difference_is_zoomed_with_what_it_is_of(open_page, person, make):
    one, other = make(person, seed=1), make(person, seed=2)
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    page.get_by_text("Show the difference").click()
    page.get_by_label("Zoom").fill("4")
    transforms = page.locator(".whole").evaluate_all("all => all.map((one) => getComputedStyle(one).transform)")
    assert len(transforms) == 3
    assert len(set(transforms)) == 1


def test_blurred_gifs_step_as_one_too(open_page, gif, settings):
    settings.MATURE = True
    one, other = gif(1), gif(2)
    Output.objects.update(rating="mature", rated_by="classifier")
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    page.get_by_role("button", name="One frame on").click()
    for picture in page.locator("[data-pane] img").all():
        expect(picture).to_have_attribute("src", re.compile("/frames/1$"))


def test_what_veils_hide_their_difference_hides_too(open_page, person, make, settings):
    settings.MATURE = True
    one, other = make(person, seed=1), make(person, seed=2)
    Output.objects.filter(pk=one.pk).update(rating="general", rated_by="classifier")
    Output.objects.filter(pk=other.pk).update(rating="mature", rated_by="classifier")
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    page.get_by_text("Show the difference").click()
    picture, show = page.locator("[data-difference]"), page.locator(".difference .veil > summary")
    assert picture.evaluate("picture => getComputedStyle(picture).filter").startswith("blur")
    expect(show).to_contain_text("Mature · Show")
    show.click()
    assert picture.evaluate("picture => getComputedStyle(picture).filter") == "none"


def test_each_of_two_veils_is_opened_where_pictures_lie_on_each_other(open_page, person, make, settings):
    settings.MATURE = True
    one, other = make(person, seed=1), make(person, seed=2)
    Output.objects.update(rating="mature", rated_by="classifier")
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    page.get_by_role("radio", name="Slider").check()
    first, second = page.locator("[data-pane] .veil > summary").all()
    second.click()
    expect(page.locator("[data-pane] .veil[open]")).to_have_count(1)
    first.click()
    expect(page.locator("[data-pane] .veil[open]")).to_have_count(2)


def pan(page: Page) -> tuple[float, float]:
    """How far the pictures are moved, in percent of their own size."""
    x, y = page.locator("[data-compare]").evaluate(
        "box => ['--x', '--y'].map((name) => parseFloat(box.style.getPropertyValue(name) || 0))"
    )
    return x, y


def test_a_zoomed_comparison_is_dragged_by_a_finger(open_page, person, make):
    one, other = make(person, seed=1), make(person, seed=2)
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}", viewport={"width": 390, "height": 844}, has_touch=True)
    page.get_by_label("Zoom").fill("4")
    page.locator(".pane-box").first.scroll_into_view_if_needed()
    box = page.locator(".pane-box").first.bounding_box()
    x, y, scrolled = box["x"] + 150, box["y"] + 60, page.evaluate("() => scrollY")
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        at = {"x": x, "y": y + 10 * step}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    height = page.locator(".pane-box > .whole").first.evaluate("picture => picture.offsetHeight")
    page.wait_for_function(
        "least => parseFloat(document.querySelector('[data-compare]').style.getPropertyValue('--y')) > least",
        arg=80 / height * 100 * 0.7,
    )
    assert page.evaluate("() => scrollY") == scrolled


def test_a_zoomed_comparison_is_moved_by_the_arrow_keys(open_page, person, make):
    one, other = make(person, seed=1), make(person, seed=2)
    page = open_page(f"/compare/?o={one.pk}&o={other.pk}")
    zoom = page.get_by_label("Zoom")
    zoom.fill("4")
    zoom.focus()
    page.keyboard.press("Tab")
    expect(page.locator("[data-panes]")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    x, y = pan(page)
    assert x < 0 > y
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert pan(page) == (0, 0)


def test_results_stand_side_by_side_without_scripts(open_page, video, person, make):
    page = open_page(f"/compare/?o={video.pk}&o={make(person).pk}", java_script_enabled=False)
    expect(page.locator("[data-pane]")).to_have_count(2)
    expect(page.locator(".compare-tools")).to_be_hidden()
    expect(page.locator("[data-pane] video")).to_have_attribute("controls", "")


def test_a_grid_is_looked_over_in_a_dialog_and_made(open_page, person):
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("a fox dances")
    page.get_by_text("A grid of one or two parameters").click()
    page.get_by_label("Across", exact=True).select_option("steps")
    page.get_by_role("button", name="See what it would take").click()
    expect(page.get_by_text("Say which values")).to_be_visible()
    page.get_by_label("Values across").fill("10, 20")
    page.get_by_role("button", name="See what it would take").click()
    dialog = page.get_by_role("dialog", name="Explore")
    expect(dialog.get_by_text("2 results")).to_be_visible()
    dialog.get_by_role("button", name="Make all 2").click()
    page.wait_for_url("**/grids/*/")
    expect(page.get_by_text("0 of 2 are here")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Steps: 10 · quick")).to_be_visible()
