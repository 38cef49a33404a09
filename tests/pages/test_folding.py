"""Parts of templates that are kept: only what is the same for everybody, and in each language its own."""

import pytest
from django.template import Context, engines
from django.test import RequestFactory
from django.utils.translation import override

from mediagen_site.folding import FixedNode, Loader, folded

LOADS = "{% load i18n static %}"
KEPT = [
    "{% translate 'Gallery' %}",
    "{% static 'img/sprite.svg' %}",
    "{% icon 'heart' %}",
    "<a href='{% url 'gallery' %}'>{% translate 'Gallery' %}</a>",
]
RENDERED_EACH_TIME = [
    "{{ word }}",
    "{% translate word %}",
    "{% translate 'Gallery' as word %}{{ word }}",
    "{% blocktranslate %}Order: {{ word }}{% endblocktranslate %}",
    "{% static word %}",
    "{% icon word %}",
    "{% url word %}",
    "{% url 'output' id %}",
    "{% url 'admin:index' %}",
    "{% csrf_token %}",
]


def compiled(source):
    template = engines["django"].engine.from_string(LOADS + source)
    template.nodelist = folded(template.nodelist)
    return template


def kept(template):
    return [node for node in template.nodelist if isinstance(node, FixedNode) and len(node.nodes) > 1]


@pytest.mark.parametrize("source", KEPT)
def test_what_is_literal_is_kept_for_each_language(source):
    template, plain = compiled(source), engines["django"].engine.from_string(LOADS + source)
    assert len(template.nodelist) == len(kept(template)) == 1
    for language in ("en", "ru", "en"):
        with override(language):
            assert template.render(Context()) == plain.render(Context())


@pytest.mark.parametrize("source", RENDERED_EACH_TIME)
def test_what_reads_the_context_is_not(source):
    assert not kept(compiled(source))


def test_nothing_of_a_request_stays():
    """All that a template can ask for stands in the context of the first who has it rendered."""
    source = "{% icon 'heart' %}{{ word }}{% if word %}{% translate 'Gallery' %}{{ word }}{% endif %}{% csrf_token %}"
    template = compiled(source * 3)
    request = RequestFactory().get("/")

    def rendered(word):
        return template.render(Context({"request": request, "word": word, "csrf_token": word, "user": word}))

    first = rendered("hers")
    assert "hers" not in rendered("his")
    assert rendered("his") == first.replace("hers", "his")
    assert "Gallery" not in rendered("")


def test_every_template_of_the_site_is_folded():
    (partials,) = engines["django"].engine.template_loaders
    (loader,) = partials.loaders
    assert isinstance(loader, Loader)
    page = engines["django"].engine.get_template("gallery/selection.html")
    assert any(isinstance(node, FixedNode) for node in page.nodelist)
    assert engines["django"].engine.get_template("gallery/selection.html") is page
