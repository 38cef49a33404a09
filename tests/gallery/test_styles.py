"""The rules of the style sheets, as the wall needs them."""

import re
from pathlib import Path

import pytest

SHEETS = sorted((Path(__file__).parents[2] / "static" / "css").glob("*.css"))
NO_SELECTOR = re.compile(r"/\*.*?\*/|\"[^\"]*\"|:nth-[a-z-]+\([^()]*\)", re.DOTALL)
SELECTORS = re.compile(r"([^{};]+){")
INNER = re.compile(r":(?:is|not|has|where)\(([^()]*)\)")
BEFORE_SIBLING = re.compile(r"([^\s>+~,]+)\s*[+~]")
TOLD = re.compile(r"[.#\[]")


def bare(css: str) -> list[str]:
    """What stands on the left of + and ~ without a class, an id or an attribute of its own."""
    found = []
    for selectors in SELECTORS.findall(NO_SELECTOR.sub("", css)):
        parts = []
        while inner := INNER.search(selectors):
            parts.append(inner[1])
            selectors = selectors.replace(inner[0], ":of")
        found += [
            left for part in (*parts, selectors) for left in BEFORE_SIBLING.findall(part) if not TOLD.search(left)
        ]
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_rule_makes_browsers_style_the_whole_wall_anew(sheet):
    assert bare(sheet.read_text()) == []


@pytest.mark.parametrize(
    ("css", "found"),
    [
        (".language button + button { top: 0 }", ["button"]),
        (".settings > li+li, .a:is(p ~ p) { top: 0 }", ["p", "li"]),
        (".model input:checked + span small, .a + .b { top: 0 }", ["input:checked"]),
        (".plain :is(input, .check) ~ p { top: 0 }", [":of"]),
        (".rail p:has(+ .form) { top: calc(1px + 2px) } .a:not(.b) + p, [type]:checked + span { top: 0 }", []),
        ('[title="a b"] + p, li:nth-child(2n + 1) { top: 0 } /* li + li { } */', []),
    ],
)
def test_such_rules_are_found(css, found):
    assert bare(css) == found
