"""Every page, wide and on a phone: it loads without a complaint and never scrolls sideways."""

import pytest

from generation import ledger
from tests.browser.conftest import mp4_bytes

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}

STUDIOS = [
    "/?model=pony&mode=image2image",
    "/?model=flux&mode=text2image",
    "/?model=anisora&mode=arbitrary",
    "/?model=anisora&mode=image2video",
    "/?model=phr00t&mode=first_last",
]
PLAIN = ["/gallery/", "/queue/", "/guide/", "/accounts/password/change/", "/accounts/logout/"]
LONG_PROMPT = "a small robot waters a rooftop garden, " * 20 + "w" * 200


def assert_fits(page) -> None:
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways == 0, page.url


def assert_fits_everywhere(open_page, path, **options) -> None:
    page = open_page(path, viewport=WIDE, **options)
    assert_fits(page)
    page.set_viewport_size(PHONE)
    assert_fits(page)


@pytest.fixture
def full_house(person, other, ask, make):
    """A queue of two people, and a gallery with images and a video."""
    ask(person, prompt=LONG_PROMPT)
    ask(other, model="flux")
    ask(person, state="failed")
    for seed in range(3):
        make(person, prompt=LONG_PROMPT, seed=seed, width=512 if seed else 1024)
    make(person, content=mp4_bytes(), model="anisora", mode="text2video", prompt="a paper boat")


@pytest.mark.parametrize("path", STUDIOS + PLAIN)
def test_a_full_page_fits(open_page, full_house, path):
    assert_fits_everywhere(open_page, path)


@pytest.mark.parametrize("path", ["/?model=anisora&mode=arbitrary", "/guide/"])
def test_a_page_fits_in_russian(open_page, full_house, path):
    assert_fits_everywhere(open_page, path, locale="ru")


@pytest.mark.parametrize("path", ["/", "/gallery/", "/queue/"])
def test_an_empty_page_says_what_to_do(open_page, path):
    page = open_page(path, viewport=PHONE)
    assert page.locator(".stage-empty, .empty, .empty-note").first.is_visible()
    assert_fits(page)


@pytest.mark.parametrize("values", [{}, {"model": "anisora", "mode": "text2video"}])
def test_a_result_fits(open_page, person, make, values):
    content = mp4_bytes() if values else None
    output = make(person, content=content, prompt=LONG_PROMPT, negative_prompt=LONG_PROMPT, **values)
    assert_fits_everywhere(open_page, f"/gallery/{output.pk}/")


@pytest.mark.parametrize("state", ["queued", "succeeded", "failed", "cancelled"])
def test_a_generation_fits(open_page, person, ask, make, state):
    generation = ask(person, state=state, prompt=LONG_PROMPT, batch_size=3)
    if state == "succeeded":
        for variant in range(3):
            make(person, generation=generation, variant=variant)
    assert_fits_everywhere(open_page, f"/generations/{generation.pk}/")


def test_the_entrance_leads_to_the_studio(open_page, person):
    person.set_password("a-copper-teapot")
    person.save()
    page = open_page("/queue/", user=None, viewport=PHONE)
    assert_fits(page)
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.get_by_label("Password").fill("a-copper-teapot")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queue").wait_for()


def test_the_language_switches_where_one_is(open_page):
    page = open_page("/guide/")
    page.get_by_role("button", name="RU").first.click()
    page.wait_for_url("**/guide/")
    assert page.locator("html").get_attribute("lang") == "ru"


def test_the_queue_hides_the_prompts_of_others(open_page, person, other, ask):
    ask(other, prompt="a secret teapot")
    ask(person, prompt="my own lighthouse")
    page = open_page("/queue/")
    assert page.get_by_text("my own lighthouse").is_visible()
    assert page.get_by_text("secret").count() == 0


def test_a_cancelled_generation_leaves_the_queue_by_itself(open_page, person, ask):
    generation = ask(person, prompt="a lighthouse")
    page = open_page("/queue/")
    ledger.cancel(generation)
    page.get_by_text("a lighthouse").wait_for(state="detached")
