"""The search box: a list of suggestions that keys and the pointer can use."""

import pytest
from playwright.sync_api import expect

from gallery import tagging
from gallery.models import SavedSearch


@pytest.fixture
def tagged(person, make):
    outputs = [make(person, prompt=prompt) for prompt in ("a red fox", "a red teapot", "a blue boat")]
    tagging.add(person, [outputs[0].pk], "forest walk")
    return outputs


def test_suggestions_are_chosen_with_keys_and_searched_for(open_page, tagged):
    page = open_page("/gallery/")
    box, options = page.get_by_role("combobox", name="Search"), page.get_by_role("option")
    box.click()
    expect(options.first).to_have_text("fav a favourite")
    box.press_sequentially("red ta")
    expect(options).to_have_text(["tag: Tag"])
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box).to_have_value("red tag:")
    expect(options).to_have_text(['tag:"forest walk" Tag'])
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("red tag:")
    page.keyboard.press("ArrowDown")
    options.first.click()
    expect(box).to_have_value('red tag:"forest walk" ')
    page.keyboard.press("Enter")
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_role("link", name='Search without "forest walk"').click()
    expect(page.get_by_role("combobox")).to_have_value("red")
    expect(page.locator(".tile")).to_have_count(2)


def test_a_search_is_saved_under_a_name_and_pressed_again(open_page, person, tagged):
    page = open_page("/gallery/?q=red+-teapot")
    page.get_by_text("Save this search").click()
    page.get_by_label("Name").fill("Not for tea")
    page.get_by_role("button", name="Save").click()
    pill = page.get_by_role("link", name="Not for tea")
    expect(pill).to_have_attribute("aria-current", "true")
    assert SavedSearch.objects.get(owner=person).query == "red -teapot"
    page.goto("/gallery/")
    pill.click()
    expect(page.locator(".tile")).to_have_count(1)
