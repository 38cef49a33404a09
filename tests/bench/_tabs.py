"""Open tabs: many connections that each ask for one page every so often, in one process."""

import asyncio
import time
from urllib.parse import urlsplit


async def _tab(url: str, cookies: str, delay: float, every: float, until: float) -> list[float | None]:
    """Seconds of each answer, None for one that was neither 200 nor 204 or did not come."""
    parts, answers = urlsplit(url), list[float | None]()
    await asyncio.sleep(delay)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    headers = f"Host: {parts.netloc}\r\nCookie: {cookies}\r\nHX-Request: true"
    asked = f"GET {parts.path}?{parts.query} HTTP/1.1\r\n{headers}\r\n\r\n"
    while (began := time.monotonic()) < until:
        try:
            writer.write(asked.encode())
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode().lower()
            length = int(head.split("content-length:")[1].split("\r\n")[0]) if "content-length:" in head else 0
            await reader.readexactly(length)
            answers.append(time.monotonic() - began if head.split(" ")[1] in ("200", "204") else None)
        except (OSError, EOFError, TimeoutError):
            answers.append(None)
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.sleep(max(0.0, began + every - time.monotonic()))
    writer.close()
    return answers


async def _all(url: str, cookies: str, tabs: int, every: float, seconds: float) -> list[float | None]:
    until = time.monotonic() + seconds
    waits = [_tab(url, cookies, every * number / tabs, every, until) for number in range(tabs)]
    return [answer for answers in await asyncio.gather(*waits) for answer in answers]


def poll(url: str, cookies: dict[str, str], tabs: int, every: float, seconds: float) -> list[float | None]:
    """The answers to so many tabs that ask every so many seconds, one after another, for so long."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return asyncio.run(_all(url, header, tabs, every, seconds))
