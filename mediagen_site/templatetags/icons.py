"""Icons out of the one sprite."""

from functools import cache

from django import template
from django.templatetags.static import static

register = template.Library()


@register.simple_tag
@cache
def sprite() -> str:
    """The sprite's address, found once: some pages show a hundred icons."""
    return static("img/sprite.svg")
