"""The studio as people use it: what is typed stays, what numbers mean is said, pictures come in every way."""

import re

import pytest
from playwright.sync_api import expect

from generation.catalogue import get_model
from generation.engine import demo
from generation.models import Generation
from tests.browser.conftest import picture_file


def choose(page, name: str, value: str) -> None:
    """Press a segment and wait for the form that the server draws for it."""
    with page.expect_response("**/compose/"):
        page.locator(f"[name={name}][value={value}]").check()
    page.locator(f"input[name={name}][value={value}]:checked").wait_for(state="attached")


def slide(page, name: str, value: float) -> None:
    page.locator(f"[name={name}]").fill(str(value))


def value_of(page, name: str) -> str:
    return page.locator(f".field[data-field={name}] output").inner_text()


def test_control_enter_submits_and_the_form_stays_filled(open_page, person):
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("a copper teapot")
    page.keyboard.press("Control+Enter")
    page.locator("[data-card][data-state=queued]").wait_for()
    expect(page.locator("#queue").get_by_text("a copper teapot")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a copper teapot")
    assert Generation.objects.get().parameters["prompt"] == "a copper teapot"


def test_enter_in_a_field_generates_and_presses_no_preset(open_page, person):
    page = open_page("/?model=pony&mode=text2image")
    page.get_by_label("Prompt", exact=True).fill("a copper teapot")
    page.get_by_label("Seed", exact=True).fill("42")
    page.keyboard.press("Enter")
    page.locator("[data-card][data-state=queued]").wait_for()
    parameters = Generation.objects.get().parameters
    assert (parameters["seed"], parameters["width"]) == (42, 1024)


def test_a_refused_form_keeps_everything_and_points_at_the_fault(open_page):
    page = open_page("/?model=pony&mode=image2image")
    page.locator("#id_reference_image").set_input_files(picture_file())
    slide(page, "steps", 44)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#id_prompt-errors")).to_contain_text("cannot be blank")
    expect(page.locator("#id_prompt")).to_be_focused()
    expect(page.locator("[data-drop-name]")).to_have_text("fox.png")
    assert page.locator("#id_reference_image").evaluate("input => input.files.length") == 1
    assert page.locator("[name=steps]").input_value() == "44"
    assert Generation.objects.count() == 0


def test_what_was_typed_survives_the_way_to_another_model_and_back(open_page):
    page = open_page("/?model=pony&mode=image2image")
    page.get_by_label("Prompt", exact=True).fill("a dancing fox")
    slide(page, "cfg_scale", 9.5)
    page.locator("#id_reference_image").set_input_files(picture_file())
    page.locator("#advanced > summary").click()
    choose(page, "type", "video")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a dancing fox")
    expect(page.locator("[name=cfg_scale]")).to_have_count(0)
    expect(page.locator("#advanced")).to_have_attribute("open", "")
    choose(page, "type", "image")
    assert page.locator("[name=cfg_scale]").input_value() == "9.5"
    expect(page.locator("[data-drop-name]")).to_have_text("fox.png")


def test_numbers_say_what_they_mean(open_page):
    page = open_page("/?model=pony&mode=text2image")
    slide(page, "cfg_scale", 6.5)
    assert value_of(page, "cfg_scale") == "6.5 recommended"
    slide(page, "cfg_scale", 15.5)
    assert value_of(page, "cfg_scale") == "15.5 risk of artefacts"
    expect(page.locator(".field[data-field=cfg_scale] output")).to_have_attribute("data-warning", "")
    page.goto("/?model=anisora&mode=text2video")
    slide(page, "num_frames", 161)
    assert value_of(page, "num_frames") == "161 · 10.06 s at 16 fps"
    page.locator("[name=fps][value='24']").check()
    assert value_of(page, "num_frames") == "161 · 6.71 s at 24 fps"


def test_the_shape_of_the_frame_is_drawn(open_page):
    page = open_page("/?model=pony&mode=text2image")
    shape = page.locator("[data-shape]")
    expect(shape).to_have_text("square")
    page.locator("[name=width][value='512']").check()
    expect(shape).to_have_text("portrait")
    page.locator("[name=height][value='512']").check()
    page.locator("[name=width][value='768']").check()
    expect(shape).to_have_text("landscape")
    page.wait_for_function("box => box.offsetWidth > box.offsetHeight", arg=shape.locator("i").element_handle())


def test_too_long_a_prompt_is_counted(open_page):
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("x" * 2001)
    counter = page.locator(".field[data-field=prompt] [data-counter]")
    expect(counter).to_have_text("2001 / 2000")
    expect(counter).to_have_attribute("data-over", "")


def test_the_seed_can_be_drawn_or_used_again(open_page, person, make):
    make(person, seed=4711)
    page = open_page("/")
    seed = page.get_by_label("Seed", exact=True)
    page.get_by_role("button", name="Use the last seed, 4711").click()
    expect(seed).to_have_value("4711")
    page.get_by_role("button", name="A new seed each time").click()
    expect(seed).to_have_value("-1")


def test_a_preset_fills_the_form(open_page):
    page = open_page("/?model=anisora&mode=text2video")
    with page.expect_response("**/compose/"):
        page.get_by_role("button", name="Experiment").click()
    expect(page.locator(".field[data-field=motion_score] output")).to_have_text("4.5 fast")


def test_the_estimate_follows_the_form_and_sends_no_pictures(open_page):
    page = open_page("/?model=pony&mode=image2image")
    page.locator("#id_reference_image").set_input_files(picture_file())
    expect(page.locator("#estimate")).to_contain_text("12–24 s")
    with page.expect_request("**/estimate/") as asked:
        slide(page, "steps", 50)
        page.locator("[name=steps]").dispatch_event("change")
    expect(page.locator("#estimate")).to_contain_text("20–41 s")
    assert "fox.png" not in asked.value.post_data


def test_a_picture_can_be_dropped_pasted_and_removed(open_page):
    page = open_page("/?model=phr00t&mode=first_last")
    for event, field in (("drop", "first_frame"), ("paste", "last_frame")):
        page.evaluate(
            """async ([event, field]) => {
                const canvas = new OffscreenCanvas(40, 30);
                canvas.getContext("2d").fillRect(0, 0, 40, 30);
                const carrier = new DataTransfer();
                carrier.items.add(new File([await canvas.convertToBlob()], `${event}.png`, {type: "image/png"}));
                const target = document.querySelector(`[name=${field}]`).closest("[data-drop]");
                target.dispatchEvent(event === "drop"
                    ? new DragEvent("drop", {dataTransfer: carrier, bubbles: true, cancelable: true})
                    : new ClipboardEvent("paste", {clipboardData: carrier, bubbles: true, cancelable: true}));
            }""",
            [event, field],
        )
        drop = page.locator(f".field[data-field={field}]")
        expect(drop.locator("[data-drop-name]")).to_have_text(f"{event}.png")
        expect(drop.locator("[data-drop-size]")).to_have_text("40 × 30")
    first = page.locator(".field[data-field=first_frame]")
    first.get_by_role("button", name="Remove the image").click()
    expect(first.locator("[data-drop]")).not_to_have_attribute("data-filled", "")


def test_a_file_that_is_no_picture_is_refused_at_once(open_page):
    page = open_page("/?model=pony&mode=image2image")
    notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not a picture"}
    page.locator("#id_reference_image").set_input_files(notes)
    expect(page.locator("#id_reference_image-errors")).to_contain_text("not a PNG")
    assert page.locator("#id_reference_image").evaluate("input => input.files.length") == 0


def test_a_picture_comes_from_the_gallery(open_page, person, make):
    make(person, prompt="an old tram", width=512, height=512)
    page = open_page("/?model=pony&mode=image2image")
    page.get_by_label("Prompt", exact=True).fill("the tram in the rain")
    page.get_by_role("button", name="From the gallery").click()
    page.locator("#picker .tile").click()
    expect(page.locator("[data-drop-name]")).to_have_text("an old tram")
    page.keyboard.press("Control+Enter")
    page.locator("[data-card][data-state=queued]").wait_for()
    assert len(Generation.objects.get(state="queued").parameters["reference_image"]) == 64


def test_keyframes_on_the_time_line(open_page):
    page = open_page("/?model=anisora&mode=arbitrary")
    page.get_by_label("Prompt", exact=True).fill("a paper boat")
    rows = page.locator("[data-keyframe]")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Add").click()
    indices = page.locator("[data-keyframe-index]")
    assert [indices.nth(number).input_value() for number in range(3)] == ["0", "80", "40"]
    indices.nth(2).fill("43")
    expect(rows.nth(2).locator("[data-keyframe-snapped]")).to_have_text("stands at frame 40")
    rows.nth(1).get_by_role("button", name="Remove this keyframe").click()
    expect(rows).to_have_count(2)

    mark = page.locator(".timeline-mark").nth(1)
    line = page.locator("[data-timeline]").bounding_box()
    spot = mark.bounding_box()
    page.mouse.move(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    page.mouse.down()
    page.mouse.move(line["x"] + line["width"] * 0.8, spot["y"], steps=4)
    page.mouse.up()
    assert indices.nth(1).input_value() == "64"

    for number in range(2):
        page.locator("[data-keyframe] input[type=file]").nth(number).set_input_files(picture_file())
    page.keyboard.press("Control+Enter")
    page.locator("[data-card][data-state=queued]").wait_for()
    stored = Generation.objects.get().parameters["keyframes"]
    assert [entry["frame_index"] for entry in stored] == [0, 64]


@pytest.mark.parametrize("prompt", ["a copper teapot", ""])
def test_everything_works_without_javascript(open_page, prompt):
    page = open_page("/?model=pony&mode=text2image", java_script_enabled=False)
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.locator("[name=type][value=video]").check()
    page.get_by_role("button", name="Show its fields").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(prompt)
    page.locator("[name=fps][value='8']").check()
    page.get_by_role("button", name="Generate").last.click()
    if prompt:
        page.wait_for_url("**/generations/*/")
        assert Generation.objects.get().parameters["fps"] == 8
    else:
        expect(page.locator("#id_prompt-errors")).to_contain_text("cannot be blank")
        expect(page.locator("[name=fps][value='8']")).to_be_checked()


def test_a_session_that_ran_out_leads_to_the_entrance(open_page):
    page = open_page("/")
    page.context.clear_cookies(name="sessionid")
    page.locator("[name=type][value=video]").check()
    page.wait_for_url("**/accounts/login/**")


def test_help_shows_from_the_keyboard(open_page):
    page = open_page("/?model=pony&mode=text2image")
    page.get_by_label("Prompt", exact=True).focus()
    expect(page.locator("#id_seed-help")).not_to_be_visible()
    page.get_by_role("button", name="About: Seed").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#id_seed-help")).to_be_visible()


def test_quality_shows_beside_jpg_alone_and_is_sent_there_alone(open_page):
    page = open_page("/?model=pony&mode=text2image")
    page.get_by_label("Prompt", exact=True).fill("a copper teapot")
    page.locator("#advanced summary").click()
    quality = page.locator("[name=quality]")
    expect(quality).to_be_hidden()
    page.locator("[name=output_format][value=jpg]").check()
    expect(quality).to_be_visible()
    slide(page, "quality", 60)
    page.get_by_role("button", name="Generate").click()
    page.locator("[data-card][data-state=queued]").wait_for()
    page.locator("[name=output_format][value=png]").check()
    expect(quality).to_be_hidden()
    with page.expect_response("**/generate/") as answer:
        page.get_by_role("button", name="Generate").click()
    assert answer.value.ok
    first, second = Generation.objects.order_by("created_at")
    assert (first.parameters["output_format"], first.parameters["quality"]) == ("jpg", 60)
    assert "quality" not in second.parameters


def test_a_prompt_longer_than_the_model_reads_says_so_while_it_is_written(open_page, settings, tmp_path):
    settings.MEDIAGEN_DEMO_MODELS = tmp_path
    demo.build(get_model("anisora"), tmp_path / "anisora")
    page = open_page("/?model=anisora&mode=text2video")
    note, prompt = page.locator("#id_prompt-reading"), page.get_by_label("Prompt", exact=True)
    expect(note).to_be_hidden()
    prompt.press_sequentially("a fox")
    prompt.evaluate(
        "area => area.setRangeText(' and a winding river'.repeat(90), area.value.length, area.value.length)"
    )
    prompt.press_sequentially("!")
    expect(note).to_have_text(re.compile(r"it takes \d+ of \d+ tokens and leaves out the end"))
    expect(prompt).to_be_focused()
    prompt.fill("a fox")
    expect(note).to_be_hidden()


def test_a_model_that_reads_everything_asks_nothing_while_people_write(open_page):
    page = open_page("/?model=pony&mode=text2image")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Prompt", exact=True).press_sequentially("a fox")
    with page.expect_request("**/estimate/"):
        page.keyboard.press("Tab")
    assert len([url for url in asked if "/estimate/" in url]) == 1
