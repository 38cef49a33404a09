"""A file dropped on the studio shows what it would change, and fills the form when that is wanted."""

import base64

from playwright.sync_api import expect

from generation.models import Generation
from tests.browser.conftest import picture_file
from tests.pages.test_reading import FORGE, png

FILE = {"name": "forge.png", "mimeType": "image/png", "buffer": png(parameters=FORGE)}


def drop(page, selector: str, content: bytes) -> None:
    page.evaluate(
        """([selector, content]) => {
            const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
            const carrier = new DataTransfer();
            carrier.items.add(new File([bytes], "dropped.png", {type: "image/png"}));
            const target = document.querySelector(selector);
            for (const event of ["dragover", "drop"])
                target.dispatchEvent(new DragEvent(event, {dataTransfer: carrier, bubbles: true, cancelable: true}));
        }""",
        [selector, base64.b64encode(content).decode()],
    )


def test_a_dropped_file_fills_the_form_after_a_look(open_page):
    page = open_page("/?model=pony&mode=image2image")
    page.locator("#id_reference_image").set_input_files(picture_file())
    page.get_by_label("Prompt", exact=True).fill("something else")
    drop(page, "#id_prompt", png(parameters=FORGE))
    dialog = page.locator("#reading")
    expect(dialog.locator("[data-change=prompt] td").first).to_have_text("something else")
    expect(dialog.locator("[data-change=width] small")).to_contain_text("832 is not offered")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("something else")
    dialog.get_by_text("could not be taken over").click()
    expect(dialog.get_by_text("Lora hashes")).to_be_visible()
    dialog.get_by_role("button", name="Fill the form").click()
    expect(dialog).not_to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a fox, <b>bold</b> snow\n(soft light:1.2)")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("99")
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    page.locator("[data-card][data-state=queued]").wait_for()
    assert Generation.objects.get().parameters["sampler"] == "DPM++ 2M Karras"


def test_a_chosen_file_can_be_refused_and_the_stage_takes_one_too(open_page):
    page = open_page("/")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("link", name="Read parameters from a file").click()
    chosen.value.set_files(picture_file())
    dialog = page.locator("#reading")
    expect(dialog.get_by_role("alert")).to_have_text("There are no generation parameters in this file.")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
    drop(page, "#stage", png(parameters=FORGE))
    expect(dialog.get_by_role("button", name="Fill the form")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")


def test_without_javascript_it_has_a_page_of_its_own(open_page):
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("link", name="Read parameters from a file").click()
    page.get_by_label("Image or video").set_input_files(FILE)
    page.get_by_role("button", name="Read").click()
    page.get_by_role("button", name="Fill the form").click()
    expect(page.get_by_label("Seed", exact=True)).to_have_value("99")
    expect(page.locator("[name=sampler]:checked")).to_have_value("DPM++ 2M Karras")
