"""The studio: fill in a form, see what it would take, submit it."""

from collections.abc import Collection

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget, trigger_client_event

from gallery.models import Output
from people import rates

from .. import access, contexts, queries, queues
from ..basis import Basis
from ..catalogue.presets import PRESETS
from ..composing import Filling, Selection, carry_over, from_parameters, provisional, selected, shown
from ..exploring import ExploreForm
from ..forms import GenerationForm
from ..posted import read_post
from .answers import UNPROCESSABLE, SeeOther, person, wants_fragment
from .taking import take_over


@require_safe
@never_cache
@vary_on_headers("HX-Request")
def studio(request: HttpRequest) -> HttpResponse:
    """`?remix=<output>` fills the form as that output was asked for, with `&preset=` on top, which leaves alone what
    each `&keep=` names; `?model=…&mode=…` opens their form; take_over says what else can be wanted of an output."""
    if wants_fragment(request) and request.htmx.target == "queue":  # type: ignore[attr-defined]
        return render(request, "studio.html#queue", {"queue": queues.my_queue(request.user)})
    return render(request, "studio.html", contexts.studio(request.user, _asked_for(request)))


@require_POST
@vary_on_headers("HX-Request")
def generate(request: HttpRequest) -> HttpResponse:
    """303 to the new generation (htmx: the stage that shows it), 422 with the form and what is wrong, or 429."""
    if not rates.allows(request, "submit"):
        return too_often(request)
    before = shown(request.POST)
    if before is not None and before != selected(request.POST):
        # Without JavaScript people can switch and submit in one go, before they have seen the other fields.
        messages.warning(request, _("Other fields now: look them over, then generate."))
        return form_answer(request, _recomposed(request), UNPROCESSABLE)
    form = given(request)
    if not form.is_valid():
        return form_answer(request, form, UNPROCESSABLE)
    generation = form.save()
    if not wants_fragment(request):
        return SeeOther(reverse("generation", args=[generation.pk]))
    answer = render(request, "studio.html#stage", contexts.stage(request.user))
    trigger_client_event(answer, "generation-submitted", {"id": str(generation.pk)})
    return retarget(reswap(answer, "outerHTML"), "#stage")


@require_POST
@vary_on_headers("HX-Request")
def compose(request: HttpRequest) -> HttpResponse:
    """The form for another type, model or mode, with a preset, with a field as it was in what it is based on, or with
    something of an output: nothing else that was typed is lost."""
    return form_answer(request, _recomposed(request), 200)


@require_POST
def estimate(request: HttpRequest) -> HttpResponse:
    typed = read_post(request.POST, request.FILES).typed
    foretold = contexts.foretold(request.user, provisional(selected(request.POST), typed))
    return render(request, "studio.html#foretold", foretold)


def too_often(request: HttpRequest) -> HttpResponse:
    """The form stays as it was typed: with htmx it is left alone, else it is drawn again."""
    if wants_fragment(request):
        return rates.too_many(request)
    messages.error(request, rates.MESSAGE)
    return rates.retry_later(form_answer(request, _recomposed(request), rates.TOO_MANY))


def form_answer(
    request: HttpRequest, form: GenerationForm, status: int, explore: ExploreForm | None = None
) -> HttpResponse:
    """The form with what is wrong in it; as htmx asks, by itself."""
    explore = explore or ExploreForm.typed(form.selection, request.POST)
    if wants_fragment(request):
        return render(request, "studio.html#form", contexts.form(request.user, form, explore), status=status)
    return render(request, "studio.html", contexts.studio(request.user, form, explore), status=status)


def given(request: HttpRequest) -> GenerationForm:
    """The form as it was sent."""
    return GenerationForm.of(
        person(request), selected(request.POST), read_post(request.POST, request.FILES), _remix(request)
    )


def _asked_for(request: HttpRequest) -> GenerationForm:
    """The form that the studio's URL asks for. 404 where it names an output that is not there."""
    if "remix" in request.GET:
        remix = access.asked_for(request.user, access.uuid(request.GET["remix"]))
        selection, filling = from_parameters(remix.parameters)
        keeping = request.GET.getlist("keep")
        filling = _with_preset(request, request.GET.get("preset"), selection, filling, keeping)
        return GenerationForm(person(request), selection, filling, remix=remix)
    selection = selected({**_model_of(request), **request.GET.dict()})
    return GenerationForm(person(request), *take_over(request.user, request.GET, selection, Filling({}, {})))


def _model_of(request: HttpRequest) -> dict[str, str]:
    """The model whose seed, words or picture are wanted, unless the URL names another."""
    for name in ("seed_of", "prompt_of", "reference"):
        if name in request.GET:
            output = access.output(request.user, access.uuid(request.GET[name]))
            return {"type": output.type, "model": output.model}
    return {}


def _recomposed(request: HttpRequest) -> GenerationForm:
    posted, selection, remix = read_post(request.POST, request.FILES), selected(request.POST), _remix(request)
    filling = carry_over(posted.typed, posted.kept, shown(request.POST), selection)
    filling = _with_preset(request, request.POST.get("preset"), selection, filling)
    if remix is not None and "reset" in request.POST:
        filling = Filling(Basis(remix.parameters).restored(request.POST["reset"], filling.typed), filling.kept)
    selection, filling = take_over(request.user, request.POST, selection, filling)
    return GenerationForm(person(request), selection, filling, remix=remix)


def _with_preset(
    request: HttpRequest, name: str | None, selection: Selection, filling: Filling, keeping: Collection[str] = ()
) -> Filling:
    if not name:
        return filling
    if name not in PRESETS:
        raise Http404
    last_seed = queries.last_seed(request.user)
    filled = PRESETS[name].apply(selection.model, selection.mode.id, filling.typed, last_seed, keeping)
    return Filling({name: str(value) for name, value in filled.items()}, filling.kept)


def _remix(request: HttpRequest) -> Output | None:
    """What the form is based on; nothing where that has been deleted since: the request stands without it."""
    try:
        return access.asked_for(request.user, access.uuid(request.POST.get("remix", "")))
    except Http404:
        return None
