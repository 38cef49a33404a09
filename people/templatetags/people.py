from django import template

from .. import notices
from ..models import Notice

register = template.Library()


@register.filter
def notice_text(notice: Notice) -> str:
    """The notice in the reader's language."""
    return notices.text(notice)
