"""A grid of requests: asked for in the studio, looked over, made, and looked at as it fills."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseStopPolling, reswap, retarget

from gallery.keyset import BadCursor
from people import rates

from .. import access, grid_list, grids, sheets
from ..catalogue import Invalid
from ..composing import from_parameters
from ..exploring import ExploreForm, retyped
from ..forms import GenerationForm, validation_error
from ..grids import Plan
from .answers import UNPROCESSABLE, SeeOther, person, wants_fragment
from .studio import form_answer, given, too_often


@require_POST
@vary_on_headers("HX-Request")
def explore(request: HttpRequest) -> HttpResponse:
    """What a grid would be and take, before anybody has to wait for it; 422 with the form and what is wrong."""
    form = given(request)
    planned = _planned(request, form)
    if isinstance(planned, ExploreForm):
        return _refused(request, form, planned)
    form.pictures.keep()
    context = {"plan": planned, "fields": form.based_on | _fields(planned)}
    return render(request, "explore.html" + ("#outcome" if wants_fragment(request) else ""), context)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The person's grids, the newest first; what is posted here makes one."""
    if request.method == "POST":
        return _create(request)
    try:
        found = grid_list.page(request.user, request.GET.get("after", ""))
    except BadCursor:
        raise Http404 from None
    return render(request, "grids.html", {"page": found})


@require_safe
@never_cache
def page(request: HttpRequest, grid_id: UUID) -> HttpResponse:
    grid = access.grid(request.user, grid_id)
    return render(request, "grid.html", {"grid": grid, "sheet": sheets.sheet(grid)})


@require_safe
@never_cache
def sheet(request: HttpRequest, grid_id: UUID) -> HttpResponse:
    """The polled fragment; 286 once all cells have ended."""
    grid = access.grid(request.user, grid_id)
    drawn = sheets.sheet(grid)
    status = 200 if drawn.is_active else HttpResponseStopPolling.status_code
    return render(request, "grid.html#sheet", {"grid": grid, "sheet": drawn}, status=status)


@require_safe
@never_cache
def picture(request: HttpRequest, grid_id: UUID) -> HttpResponse:
    """The sheet as one image; 404 as long as nothing of it is made."""
    drawn = sheets.sheet(access.grid(request.user, grid_id))
    if not drawn.done:
        raise Http404
    name = content_disposition_header(True, f"mediagen-grid-{grid_id.hex[:8]}.jpg") or ""
    return HttpResponse(sheets.picture(drawn), content_type="image/jpeg", headers={"Content-Disposition": name})


@require_POST
def cancel(request: HttpRequest, grid_id: UUID) -> HttpResponse:
    grid = access.grid(request.user, grid_id)
    grids.cancel(grid)
    return SeeOther(reverse("grid", args=[grid.pk]))


def _create(request: HttpRequest) -> HttpResponse:
    """303 to the new grid, 422 as above, or 429."""
    if not rates.allows(request, "submit"):
        return too_often(request)
    form = given(request)
    planned = _planned(request, form)
    if isinstance(planned, ExploreForm):
        return _refused(request, form, planned)
    form.pictures.keep()
    try:
        grid = grids.submit(person(request), planned, remixed_from=form.remix)
    except Invalid as refused:  # what else was asked for meanwhile has taken the room
        return _refused(request, form, _refusing(form, request, refused))
    return SeeOther(reverse("grid", args=[grid.pk]))


def _planned(request: HttpRequest, form: GenerationForm) -> Plan | ExploreForm:
    """The plan, or the form of the axes with what is wrong."""
    asked = ExploreForm(form.selection, request.POST)
    if not asked.is_valid() or not form.is_valid():
        return asked
    try:
        return grids.plan(person(request), form.request, asked.axes)
    except Invalid as refused:
        return _refusing(form, request, refused)


def _refusing(form: GenerationForm, request: HttpRequest, refused: Invalid) -> ExploreForm:
    asked = ExploreForm(form.selection, request.POST)
    asked.add_error(None, validation_error(refused))
    return asked


def _refused(request: HttpRequest, form: GenerationForm, asked: ExploreForm) -> HttpResponse:
    return retarget(reswap(form_answer(request, form, UNPROCESSABLE, asked), "outerHTML"), "#form")


def _fields(planned: Plan) -> dict[str, str]:
    """The form that asks for exactly this grid."""
    selection, filling = from_parameters(planned.base.to_json())
    about = {"type": selection.model.type, "model": selection.model.id, "mode": selection.mode.id}
    return about | filling.typed | retyped(planned.axes)
