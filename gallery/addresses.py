"""Addresses of outputs for pages that tell hundreds of them: Django looks for each pattern once a process."""

from functools import cache
from uuid import UUID

from django.urls import reverse

_NOBODY = UUID(int=0)


def address(name: str, output_id: UUID | str, *more: str) -> str:
    """What `reverse(name, args=[output_id, *more])` gives."""
    before, after = _pattern(name, *more)
    return f"{before}{output_id}{after}"


@cache
def _pattern(name: str, *more: str) -> tuple[str, str]:
    before, _id, after = reverse(name, args=[_NOBODY, *more]).partition(str(_NOBODY))
    return before, after
