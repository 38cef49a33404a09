"""The tokens can be read: WCAG 2.1 contrast, 4.5 for text and 3 for what marks a control (SC 1.4.3 and 1.4.11)."""

import re

import pytest

TEXT = [
    (text, ground) for ground in ("page", "surface", "raised", "stage", "tint") for text in ("text", "muted", "bad")
] + [
    ("accent", "page"),
    ("accent", "surface"),
    ("good", "surface"),
    ("on-accent", "accent"),
    ("page", "text"),
    ("surface", "bad"),
]
MARKS = [("edge", "page"), ("edge", "surface"), ("edge", "raised"), ("accent", "stage"), ("accent", "line")]

READ = """() => {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries([...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule.selectorText === ':root').flatMap((rule) => [...rule.style])
    .filter((name) => name.startsWith('--')).map((name) => [name.slice(2), style.getPropertyValue(name).trim()]));
}"""


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    assert re.fullmatch(r"#[0-9a-f]{6}", colour), colour
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_tokens_can_be_told_apart(open_page, scheme):
    tokens = open_page("/guide/", color_scheme=scheme).evaluate(READ)
    wanted = dict.fromkeys(TEXT, 4.5) | dict.fromkeys(MARKS, 3.0)
    weak = {
        pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2)
        for pair, least in wanted.items()
        if contrast(tokens[pair[0]], tokens[pair[1]]) < least
    }
    assert not weak


def test_light_and_dark_differ(open_page):
    light, dark = (open_page("/guide/", color_scheme=scheme).evaluate(READ) for scheme in ("light", "dark"))
    assert light["page"] != dark["page"]
    assert luminance(light["page"]) > luminance(light["text"])
    assert luminance(dark["page"]) < luminance(dark["text"])
