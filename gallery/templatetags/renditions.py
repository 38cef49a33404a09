from django import template

from .. import renditions

register = template.Library()
register.filter("srcset", renditions.srcset)
register.filter("still_url", renditions.still_url)
register.filter("preview_url", renditions.preview_url)
