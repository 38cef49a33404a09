"""The page of one's own tags."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from people.views import UNPROCESSABLE, me

from . import tagging
from .models import Tag
from .order_forms import RenameForm


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def rename(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Two tags of one name become one."""
    tag = _own(request, tag_id)
    form = RenameForm(request.POST, person=request.user, outputs=tag.outputs.all(), auto_id=f"id_{tag.pk}_%s")
    if not form.is_valid():
        return _page(request, tag, form)
    merged = tagging.rename(tag, form.cleaned_data["tag"])
    messages.success(request, _("The two tags are one now.") if merged else _("Saved."))
    return redirect("tags")


@require_POST
def delete(request: HttpRequest, tag_id: int) -> HttpResponse:
    """What has it stays."""
    tagging.delete(_own(request, tag_id))
    messages.success(request, _("The tag is gone; what had it stays."))
    return redirect("tags")


def _own(request: HttpRequest, tag_id: int) -> Tag:
    return get_object_or_404(tagging.of(me(request)), pk=tag_id)


def _page(request: HttpRequest, refused: Tag | None = None, form: RenameForm | None = None) -> HttpResponse:
    rows = [
        (tag, form if form and refused == tag else RenameForm.of(tag, request.user)) for tag in tagging.of(me(request))
    ]
    return render(request, "gallery/tags.html", {"rows": rows}, status=UNPROCESSABLE if refused else 200)
