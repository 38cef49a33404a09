"""What a person takes along, and how a person goes."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from .. import export, leaving, rates
from ..forms import LeaveForm
from . import UNPROCESSABLE, me


@require_POST
@reauthentication_required
def take_out(request: HttpRequest) -> HttpResponseBase:
    """All that is here of this person, as one zip."""
    user = me(request)
    if not rates.allows(request, "take_out"):
        return rates.too_many(request)
    answer = StreamingHttpResponse(export.archive(user), content_type="application/zip")
    name = f"mediagen-{timezone.localdate():%Y-%m-%d}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "POST"])
@never_cache
@reauthentication_required
def leave(request: HttpRequest) -> HttpResponse:
    """Says what goes, and deletes the account once the name was typed."""
    user = me(request)
    form = LeaveForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid() and not leaving.is_last_operator(user):
        leaving.delete_account(user)
        logout(request)
        messages.success(request, _("Your account is deleted."))
        return redirect("account_login")
    context = {
        "form": form,
        "last_operator": leaving.is_last_operator(user),
        "outputs": user.outputs.count(),
        "references": user.reference_images.count(),
    }
    return render(request, "people/leave.html", context, status=UNPROCESSABLE if request.method == "POST" else 200)
