"""The main path as a person walks it: sign in, ask, watch, find it in the gallery, ask for the same once more."""

from tests.browsing import chromium, watched_page

SECONDS = 1000


def test_from_the_entrance_to_the_gallery_and_back(site):
    with chromium() as browser, watched_page(browser, site.url) as page:
        page.set_default_timeout(120 * SECONDS)
        page.goto("/")
        page.get_by_label("Username").fill("demo")
        page.get_by_label("Password").fill("demo")
        page.keyboard.press("Enter")

        page.locator("[name=type][value=image]").check()
        page.locator("[name=width][value='512']").check()
        page.locator("[name=height][value='512']").check()
        page.get_by_label("Prompt", exact=True).fill("a red circle on a blue table")
        page.get_by_label("Seed", exact=True).fill("11")
        page.keyboard.press("Control+Enter")

        page.locator("[data-card][data-state=succeeded] img.whole").wait_for()
        page.locator("#stage").get_by_role("link", name="Open").click()
        page.get_by_role("heading", name="a red circle on a blue table").wait_for()
        assert page.locator("img.whole").evaluate("image => [image.naturalWidth, image.naturalHeight]") == [512, 512]

        page.get_by_role("button", name="Make again").click()
        page.locator("[data-card][data-state=succeeded]").wait_for()
        page.get_by_role("link", name="Open").click()
        page.get_by_text("identical").wait_for()
