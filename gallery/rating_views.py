"""What an owner says about the rating of an output."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from safety.ratings import Rating

from . import access, pages, rating
from .forms import RatingForm


@require_POST
def raise_rating(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.own(request.user, output_id)
    assert request.user.is_authenticated
    form = RatingForm(request.POST, output=output)
    try:
        if form.is_valid():
            rating.raise_rating(output, Rating(form.cleaned_data["rating"]), request.user)
    except rating.CannotRate as refused:
        form.add_error("rating", _(str(refused)))
    if not form.is_valid():
        return pages.answer(request, access.seen(request.user, output_id), rating_form=form)
    messages.success(request, _("Saved."))
    return redirect("output", output_id)
