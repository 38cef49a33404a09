"""Keeping an order: hearts and tags without a new page, and things that are put where they belong."""

import pytest
from playwright.sync_api import Page, expect

from gallery import collecting, favourites, membership, tagging
from gallery.models import Collection, Output


@pytest.fixture
def collection(person, make) -> Collection:
    made = Collection.objects.create(owner=person, title="By the lake")
    collecting.add(made, [make(person, seed=number).pk for number in range(4)])
    return made


def order(collection: Collection) -> list[str]:
    found = membership.outputs_of(collection).order_by("place", "item")
    return [str(pk) for pk in found.values_list("pk", flat=True)]


def wait_for_order(page: Page, expected: list[str]) -> None:
    for place, output in enumerate(expected):
        expect(page.locator(".arrange-item").nth(place)).to_have_attribute("data-output", output)


def test_things_are_put_where_they_belong(open_page, collection):
    first, second, third, last = order(collection)
    page = open_page(f"/collections/{collection.pk}/arrange/")

    later = page.locator(".arrange-item").first.locator("[data-step='1']")
    later.focus()
    with page.expect_response("**/move/"):
        page.keyboard.press("Enter")
    wait_for_order(page, [second, first, third, last])
    expect(page.locator(f"[data-output='{first}'] [data-step='1']")).to_be_focused()

    page.locator(".arrange-item").last.hover()
    page.mouse.down()
    box = page.locator(".arrange-item").first.bounding_box()
    assert box
    with page.expect_response("**/move/"):
        for right in (40, 20, 10):
            page.mouse.move(box["x"] + right, box["y"] + 50, steps=2)
        page.mouse.up()
    wait_for_order(page, [last, second, first, third])
    assert order(collection) == [last, second, first, third]


def test_hearts_and_tags_need_no_new_page(open_page, person, make):
    output: Output = make(person)
    tagging.add(person, [make(person, seed=8).pk], "fox")
    page = open_page(f"/gallery/{output.pk}/")

    with page.expect_response("**/favourite/"):
        page.locator(".heart").click()
    expect(page.locator(".heart")).to_have_attribute("aria-pressed", "true")
    assert favourites.of(person, [output]) == {output.pk}

    field = page.locator("#id_tag")
    field.press_sequentially("fo")
    expect(page.locator("#tag-suggestions option")).to_have_attribute("value", "fox")
    field.fill("Red Fox")
    field.press("Enter")
    expect(page.locator(".order-tags")).to_contain_text("red fox")
    expect(field).to_be_focused()
