"""The text that AUTOMATIC1111, Forge and many others write, and we too: prompt, negative prompt, a line of settings.

sd-parsers reads it as well, but cuts quoted values at their commas, drops what has two colons, fails on a second
"Negative prompt:", and wants a sampler, which video models do not name.
"""

import json
import re
from collections.abc import Iterator

from .found import Found, Unreadable, normal

TOOL = "AUTOMATIC1111/Forge"
_NEGATIVE = "Negative prompt:"
_MAX_SETTINGS = 50_000
"""Characters in the line of settings; people's have hundreds."""
_SETTINGS = re.compile(r"\s*Steps:\s?\d")
_ITEM = re.compile(r'([^,:]+):[ ]?("(?:[^"\\]|\\.)*"|\{[^{}]*\}|[^,]*)(?:,|$)')
_NOT_AN_ITEM = re.compile(r"([^,]*)(?:,|$)")
_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})", re.ASCII)
_LORA = re.compile(r"[ ]?<lora:([^:<>]{1,200})(?::([^:<>]{0,40}))?[^<>]{0,200}>")
"""Further numbers are for one network each: the first stands for all."""
_OF_A_SECOND_PASS = ("hires upscale", "hires steps", "hires upscaler")


def read(text: str) -> Found | None:
    """What the text says; None where it has no line of settings. Raises Unreadable."""
    lines = text.replace("\r\n", "\n").split("\n")
    at = next((number for number in reversed(range(len(lines))) if _SETTINGS.match(lines[number])), None)
    if at is None:
        return None
    if len(lines[at]) > _MAX_SETTINGS:
        raise Unreadable
    items = dict(_items(lines[at]))
    settings = {name: value for name, value in items.items() if value}
    others = {name: "" for name, value in items.items() if not value}
    positive, _, negative = "\n".join(lines[:at]).partition(_NEGATIVE)
    size = _SIZE.fullmatch(settings.get("Size", ""))
    if size:
        settings |= {"width": size[1], "height": size[2]}
        del settings["Size"]
    if any(normal(name) in _OF_A_SECOND_PASS for name in settings):
        # This strength is that of the enlarging pass: the picture itself did not start from another.
        others |= {name: settings.pop(name) for name in list(settings) if normal(name) == "denoising strength"}
    if behind := "\n".join(lines[at + 1 :]).strip():
        others["…"] = behind
    loras = [{"name": name.strip(), "weight": weight or 1} for name, weight in _LORA.findall(positive)]
    texts = {"prompt": _LORA.sub("", positive).strip(), "negative prompt": negative.strip()}
    return Found(TOOL, {**settings, **texts, "loras": loras}, others)


def _items(line: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(line):
        if item := _ITEM.match(line, position):
            yield item[1].strip(), _unquoted(item[2].strip())
        else:
            item = _NOT_AN_ITEM.match(line, position)
            assert item is not None
            if item[1].strip():
                yield item[1].strip(), ""
        position = item.end()


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value
