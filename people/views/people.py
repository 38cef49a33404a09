"""The people here, and who may become one, for who looks after them."""

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import acts, joining, queries
from ..forms import InvitationForm
from ..models import JoinRequest, Role
from . import UNPROCESSABLE, for_moderators, me


@require_safe
@never_cache
@for_moderators
def index(request: HttpRequest) -> HttpResponse:
    search, after = request.GET.get("q", "").strip()[:150], request.GET.get("after", "")
    if "\0" in search or not (after == "" or (after.isascii() and after.isdigit() and len(after) < 19)):
        raise Http404
    page = queries.people(search, int(after) if after else queries.LARGEST_KEY)
    context = {
        "rows": [(person, acts.role_name(person)) for person in page.people],
        "search": search,
        "older_url": _older_url(search, page.older),
        "requests": queries.requests(),
    }
    return render(request, "people/index.html", context)


@require_POST
@for_moderators
def decide(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let somebody in who asks to join, or not."""
    asked = get_object_or_404(JoinRequest.objects.select_related("user"), pk=user_id)
    match request.POST.get("decision"):
        case "approve":
            done, said = joining.approve(me(request), asked), _("Approved: %(name)s can sign in now.")
        case "decline":
            done, said = joining.decline(me(request), asked), _("Declined: %(name)s and the account are gone.")
        case _neither:
            raise SuspiciousOperation("Neither approved nor declined.")
    if done:
        messages.success(request, said % {"name": asked.user.username})
    else:
        messages.info(request, _("Somebody else has decided that meanwhile."))
    return redirect("people")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_moderators
def invitations(request: HttpRequest) -> HttpResponse:
    """Make an invitation; its link is shown in the answer and never again."""
    user = me(request)
    form = InvitationForm(request.POST or None, by=user)
    link, status = None, 200
    if request.method == "POST":
        if form.is_valid():
            asked = form.cleaned_data
            _row, token = joining.invite(user, Role(asked["role"]), asked["uses"], asked["days"])
            link = request.build_absolute_uri(reverse("join") + "?" + _query(token=token))
        else:
            status = UNPROCESSABLE
    context = {"form": form, "link": link, "invitations": queries.invitations(user), "closed": joining.is_closed()}
    return render(request, "people/invitations.html", context, status=status)


@require_POST
@for_moderators
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    get_object_or_404(queries.invitations(me(request)), pk=invitation_id).delete()
    messages.success(request, _("The link works no more."))
    return redirect("people_invitations")


def _older_url(search: str, older: int | None) -> str | None:
    return None if older is None else reverse("people") + "?" + _query(q=search, after=str(older))


def _query(**asked: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    return query.urlencode()
