"""How outputs came about from each other, in templates."""

from django import template

from .. import kinship

register = template.Library()
register.filter("came_about", kinship.came_about)
