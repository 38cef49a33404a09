import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import av
import pytest
from django.contrib.auth.models import User
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browsing import chromium, watched_page
from tests.pages.conftest import ask, make

__all__ = ["ask", "make"]

Open = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread, which Django takes for an async caller.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with chromium() as browser:
            yield browser


@pytest.fixture
def open_page(browser, live_server, person, client_of, media) -> Iterator[Open]:
    """Opens a path in a context of its own, signed in as the person unless `user=None`."""
    with ExitStack() as pages:

        def open_page(path: str, user: User | None = person, **options: Any) -> Page:
            session = client_of(user).cookies["sessionid"].value if user else None
            watched: AbstractContextManager[Page] = watched_page(browser, live_server.url, session, **options)
            page = pages.enter_context(watched)
            page.set_default_timeout(15_000)
            page.goto(path)
            return page

        yield open_page


def picture_file(name: str = "fox.png", size: tuple[int, int] = (300, 200)) -> dict[str, Any]:
    """A file as Playwright chooses it."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 90, 40)).save(buffer, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()}


def mp4_bytes(size: tuple[int, int] = (64, 96), frames: int = 16, fps: int = 16) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            picture = Image.new("RGB", size, (number * 8, 90, 40))
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return buffer.getvalue()
