"""What made two outputs, side by side: all of their receipts that can make the same request come out otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOT_THE_ENVIRONMENT = frozenset(
    {
        *("request", "seed", "model", "references", "prompt", "negative_prompt"),  # what was asked
        *("seconds", "peak_memory", "content_credentials"),  # what came of it
    }
)
NAMES: dict[str, str | Promise] = {
    "versions": _("Version"),
    "weights": _("Weights"),
    "loras": "LoRA",
    "demo": _("Demo model"),
    "device": _("Device"),
    "dtype": _("Precision"),
    "memory": _("Memory profile"),
    "attention": _("Attention"),
    "first_block_cache": _("First block cache"),
    "compiled": _("Compiled"),
    "threads": _("CPU threads"),
}


@dataclass(frozen=True)
class Difference:
    """One fact: `part` says which where a name has several. What is not there is empty."""

    name: str | Promise
    part: str
    was: str
    now: str


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """In the order of NAMES, what stands there without a name last; nothing where one of the two is not told."""
    if not was or not now:
        return []
    before, after = (dict(_facts(receipt)) for receipt in (was, now))
    return [
        Difference(NAMES.get(path[0], path[0]), " ".join(path[1:]), before.get(path, ""), after.get(path, ""))
        for path in sorted({**before, **after}, key=_place)
        if before.get(path) != after.get(path)
    ]


def _place(path: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """A database need not keep the order in which a receipt was written."""
    return (list(NAMES).index(path[0]) if path[0] in NAMES else len(NAMES)), path


def _facts(receipt: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in receipt.items():
        if name not in NOT_THE_ENVIRONMENT:
            yield from _flat((name,), value)


def _flat(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _flat((*path, str(name)), inner)
        case list():
            for number, inner in enumerate(value):
                yield from _flat((*path, str(number + 1)), inner)
        case None:
            return
        case _:
            yield path, str(value)
