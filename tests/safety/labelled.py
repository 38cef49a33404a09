"""Prompts that must be refused, in both languages, as parts in a coded file: ages, contexts and frames that hold one of
each. Nothing stands here to be read, and whole prompts exist in memory alone.

Each part was written as people write, not taken from the lexicon.
"""

import base64
import json
import zlib
from pathlib import Path

CODED = Path(__file__).with_name("labelled.coded")
EACH = 180
"""Prompts in each language: of all that the parts make, evenly taken."""


def read() -> dict[str, list[str]]:
    """Prompts by language, those that are refused for one word alone, and those that were written later, when the rules
    stood, to see what they had never met (docs/policy.md tells what came of it)."""
    parts = json.loads(zlib.decompress(base64.b64decode(CODED.read_text())))
    found = {language: _composed(**parts[language]) for language in ("en", "ru")}
    return found | {name: parts[name] for name in ("alone", "later")}


def _composed(ages: list[str], contexts: list[str], frames: list[str]) -> list[str]:
    """Every age and every context several times, never the same pair twice."""
    prompts = []
    for number in range(EACH):
        age = ages[number % len(ages)]
        context = contexts[(number + number // len(ages) * 7) % len(contexts)]
        prompts.append(frames[(number * 5 + number // 9) % len(frames)].format(a=age, s=context))
    return prompts
