"""The log's words in templates."""

from django import template

from .. import wording

register = template.Library()
register.filter("act_name", wording.act_name)
