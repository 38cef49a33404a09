"""Pictures and videos from a host of their own, as a browser takes them: shown, without a cookie or a complaint."""

from urllib.parse import urlsplit

from django.urls import reverse

from tests.browser.conftest import mp4_bytes

WIDTHS = "[...document.querySelectorAll('main img')].map(image => image.complete && image.naturalWidth)"


def test_a_page_shows_what_comes_from_there(open_page, live_server, person, make, settings):
    there = f"http://127.0.0.1:{urlsplit(live_server.url).port}"
    assert there != live_server.url
    settings.MEDIA_HOST = there
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = {name: [*directives[name], there] for name in ("img-src", "media-src")}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, **allowed}}
    picture = make(person)
    film = make(person, model="phr00t", mode="text2video", content=mp4_bytes())
    page = open_page("/account/")
    asked = []
    page.on("request", lambda request: asked.append(request) if request.url.startswith(there) else None)
    page.goto(reverse("output", args=[picture.pk]))
    page.wait_for_function(f"{WIDTHS}.length && {WIDTHS}.every(Boolean)")
    page.goto(reverse("output", args=[film.pk]))
    page.wait_for_function("document.querySelector('main video')?.readyState > 0")
    assert {urlsplit(request.url).path.split("/")[2] for request in asked} >= {str(picture.pk), str(film.pk)}
    assert not any("cookie" in request.all_headers() for request in asked)
