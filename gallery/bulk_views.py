"""One act for many outputs, as the grid's selection sends it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from people import rates
from people.views import UNPROCESSABLE, me

from . import bulk, collecting, paused, stacks, tagging
from .answers import back, wants_fragment
from .ids import uuids
from .models import Output, Visibility
from .order_forms import TagForm

OUTCOMES = {
    "favourite": gettext_lazy("Among the favourites"),
    "unfavourite": gettext_lazy("Taken from the favourites"),
    "trash": gettext_lazy("In the trash"),
    "restore": gettext_lazy("Restored"),
    "purge": gettext_lazy("Deleted for good"),
    "tag": gettext_lazy("Tagged"),
    "untag": gettext_lazy("Without the tag"),
    "collect": gettext_lazy("In the collection"),
    "uncollect": gettext_lazy("Taken from the collection"),
    "share": gettext_lazy("Shown as you chose"),
}


class Refused(ValueError):
    """What cannot be done, in the reader's words."""


@require_POST
@vary_on_headers("HX-Request")
def act(request: HttpRequest) -> HttpResponse:
    """`action` on the `outputs`, and on all of their stacks from a page where `stacks` are closed; back with a message,
    or 204 and the event `gallery-changed` for htmx. What makes no sense is 422 with a message, and nothing has changed.
    """
    asked = list(dict.fromkeys(request.POST.getlist("outputs")))
    try:
        action, outputs = _checked(request, asked)
        done = bulk.ACTIONS[action](bulk.Chosen(me(request), outputs, _words(request, action, outputs)))
    except (tagging.BadTag, collecting.CannotCollect) as refused:
        return _refuse(request, _(refused.message) % refused.params)
    except Refused as refused:
        return _refuse(request, str(refused))
    meant = len(asked) - len(uuids(asked)) + len(outputs)
    said = _outcome(action, done, meant)
    if wants_fragment(request):
        changed = {"action": action, "message": said, "done": done}
        return trigger_client_event(HttpResponse(status=204), "gallery-changed", changed)
    (messages.success if done == meant else messages.warning)(request, said)
    return back(request, reverse("gallery"))


def _checked(request: HttpRequest, asked: list[str]) -> tuple[str, list[UUID]]:
    """The action, and what it is for. Raises Refused."""
    action = request.POST.get("action", "")
    if action not in bulk.ACTIONS:
        raise Refused(_("Choose what to do."))
    if not asked:
        raise Refused(_("Nothing is chosen."))
    if len(asked) > bulk.MOST:
        raise Refused(_("At most %(most)d at once, please.") % {"most": bulk.MOST})
    outputs = uuids(asked)
    if request.POST.get("stacks") == "closed":
        outputs = stacks.opened(me(request).pk, outputs, bulk.MOST)
    if len(outputs) > bulk.MOST:
        raise Refused(
            _("Stacks are taken whole, and together these are more than %(most)d. Please choose fewer.")
            % {"most": bulk.MOST}
        )
    return action, outputs


def _words(request: HttpRequest, action: str, outputs: Sequence[UUID]) -> Mapping[str, str]:
    """What the action needs to know. Raises Refused."""
    words = {"collection": request.POST.get("collection", "")}
    if action in ("tag", "untag"):
        words["tag"] = _tag(request, outputs if action == "tag" else [])
    if action == "share":
        words["visibility"] = _visibility(request)
    return words


def _tag(request: HttpRequest, outputs: Sequence[UUID]) -> str:
    mine = Output.objects.filter(owner=me(request), pk__in=outputs)
    form = TagForm(request.POST, person=request.user, outputs=mine)
    if not form.is_valid():
        raise Refused(" ".join(map(str, form.errors["tag"])))
    return str(form.cleaned_data["tag"])


def _visibility(request: HttpRequest) -> str:
    asked = request.POST.get("visibility", "")
    if asked not in Visibility.values:
        raise Refused(_("Choose who is to see it."))
    if asked != Visibility.PRIVATE and (refusal := paused.refusal(request.user)):
        raise Refused(refusal)
    return asked


def _outcome(action: str, done: int, asked: int) -> str:
    said: str | Promise = OUTCOMES[action]
    text = _("%(outcome)s: %(done)d of %(chosen)d.") % {"outcome": said, "done": done, "chosen": asked}
    if left_out := asked - done:
        more = ngettext(
            "%(count)d was left out: it is not yours, not there any more, or was so already.",
            "%(count)d were left out: they are not yours, not there any more, or were so already.",
            left_out,
        )
        text = f"{text} {more % {'count': left_out}}"
    return text


def _refuse(request: HttpRequest, reason: str) -> HttpResponse:
    if wants_fragment(request):
        return rates.toast(reason, UNPROCESSABLE)
    context = {
        "reason": reason,
        "action": request.POST.get("action", ""),
        "outputs": request.POST.getlist("outputs")[: bulk.MOST],
        "stacks": request.POST.get("stacks", ""),
        "tag": request.POST.get("tag", ""),
        "next": request.POST.get("next", ""),
    }
    return render(request, "gallery/bulk.html", context, status=UNPROCESSABLE)
