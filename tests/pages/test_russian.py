"""The interface in Russian: nothing is left untranslated, and numbers stay numbers for browsers and programs."""

import ast
import gettext
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

from generation import ledger
from generation.catalogue import models
from generation.models import Generation
from tests.pages.conftest import form_of

ROOT = settings.BASE_DIR
LOCALE = ROOT / "locale" / "ru" / "LC_MESSAGES"
ROOMS = ("gallery", "generation", "mediagen_site")
RUSSIAN = {"Accept-Language": "ru"}
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
EVERY_FORM = [f"/?model={model.id}&mode={mode.id}" for model in models().values() for mode in model.modes]
PAGES = [*EVERY_FORM, "/gallery/", "/gallery/?type=videos", "/queue/", "/guide/", "/accounts/logout/", "/nowhere/"]
NAMES = {
    *("Ctrl", "MediaGen", "WebP", "mira"),
    *(model.name for model in models().values()),
    *(option.label for model in models().values() for p in model.parameters for option in getattr(p, "options", ())),
}


def read_po() -> dict[str, list[str]]:
    """Every text with its translations: one, or one for each plural form."""
    entries: dict[str, list[str]] = {}
    for block in (LOCALE / "django.po").read_text().split("\n\n")[1:]:
        keyed: dict[str, str] = {}
        for keyword, text in re.findall(r'^(msg\w+(?:\[\d\])?) ((?:".*"\n?)+)', block, re.MULTILINE):
            keyed[keyword] = "".join(ast.literal_eval(line) for line in text.splitlines())
        entries[keyed["msgid"]] = [text for keyword, text in keyed.items() if keyword.startswith("msgstr")]
    return entries


PO = read_po()
SAME = {text for text, translations in PO.items() if translations == [text]}
ENGLISH = set(PO) - SAME
KEPT = re.compile("|".join(sorted(map(re.escape, SAME | NAMES), key=len, reverse=True)))
"""Names that are the same in every language."""


def marked_in_python(source: str) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args)
    texts = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in MARKS)
    return {text.value for text in texts if isinstance(text, ast.Constant)}


def marked_in_template(source: str) -> set[str]:
    return {ast.literal_eval(text) for text in re.findall(r"gettext\((u?(?:'.*?'|\".*?\"))[,)]", templatize(source))}


class Reader(HTMLParser):
    """What a page says (texts, and attributes that are shown or spoken), its fields, and its language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: set[str] = set()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.silent = tag in ("script", "style", "textarea")
        shown = ("alt", "aria-label", "placeholder", "title")
        spoken = {v for name, v in attributes.items() if v and (name in shown or name.startswith("data-text-"))}
        self.said |= spoken

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.silent:
            self.said.add(" ".join(data.split()))


def russian(client: Client, path: str) -> Reader:
    return Reader(client.get(path, headers=RUSSIAN).content.decode())


@pytest.fixture
def full_house(person, other, ask, make) -> None:
    """Texts of people are in capitals: the tests look for words of ours."""
    for state in ("queued", "failed", "cancelled"):
        ask(person, state=state, prompt="TEAPOT")
    ask(other, prompt="FOX")
    make(person, prompt="TEAPOT")
    make(person, prompt="BOAT", model="anisora", mode="text2video", num_frames=41)


def test_every_text_is_in_the_catalogue():
    marked = {
        text for room in ROOMS for path in (ROOT / room).rglob("*.py") for text in marked_in_python(path.read_text())
    }
    marked |= {text for path in (ROOT / "templates").rglob("*.html") for text in marked_in_template(path.read_text())}
    assert len(marked) > 300
    assert marked - set(PO) == set(), "make messages, then translate"


def test_every_text_is_translated():
    assert len(PO) > 300
    assert {text for text, translations in PO.items() if not all(translations)} == set()
    assert ", fuzzy" not in (LOCALE / "django.po").read_text()


def test_only_names_and_prompts_stay_english():
    prompts = {text for text in SAME if text.startswith("A ")}  # to start from: the models read English best
    assert SAME - prompts == {"CFG scale", "CLIP skip", "Guidance scale", "id"}


@pytest.mark.parametrize("pattern", [r"%\(\w+\)[sd]", r"\{\w+\}"])
def test_translations_keep_the_places_of_values(pattern):
    for text, translations in PO.items():
        for translation in translations:
            assert sorted(re.findall(pattern, translation)) == sorted(re.findall(pattern, text)), text


def test_what_is_installed_is_what_was_translated():
    with (LOCALE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for text, translations in PO.items():
        if len(translations) == 1:
            assert compiled.gettext(text) == translations[0], "make messages"
        else:
            assert [compiled.ngettext(text, text, count) for count in (1, 2, 5)] == translations[:3], "make messages"


@pytest.mark.parametrize("path", PAGES)
def test_pages_say_nothing_in_english(mine, full_house, path):
    page = russian(mine, path)
    assert ("html", {"lang": "ru"}) in page.tags
    assert page.said & ENGLISH == set()
    assert {
        text for text in page.said if not re.search("[а-я]", text) and re.search("[a-z]{3}", KEPT.sub("", text))
    } == set()


def test_a_result_and_a_failure_say_nothing_in_english(mine, person, ask, make):
    output = make(person, prompt="BOAT", model="phr00t", mode="text2video", num_frames=41)
    failed = ask(person, state="failed", prompt="TEAPOT")
    Generation.objects.update(error=ledger.WORKER_LOST)
    for path in (f"/gallery/{output.pk}/", f"/generations/{failed.pk}/"):
        assert russian(mine, path).said & ENGLISH == set()
    assert {"2,56 с", "Низкий шум"} <= russian(mine, f"/gallery/{output.pk}/").said
    assert PO[ledger.WORKER_LOST][0] in russian(mine, f"/generations/{failed.pk}/").said


def test_people_sign_in_in_russian(client, person):
    person.set_password("copper-teapot")
    person.save()
    assert {"Войти", "Имя пользователя", "Пароль", "Запомнить меня"} <= russian(client, "/accounts/login/").said
    refused = client.post("/accounts/login/", {"login": "mira", "password": "wrong"}, headers=RUSSIAN)
    (error,) = refused.context["form"].non_field_errors()
    assert re.search("[а-я]", error)
    client.post("/accounts/login/", {"login": "mira", "password": "copper-teapot"})
    assert {"Сменить пароль", "Текущий пароль", "Новый пароль"} <= russian(client, "/accounts/password/change/").said


@pytest.mark.parametrize("path", EVERY_FORM)
def test_numbers_in_fields_keep_their_dots(mine, path):
    page = russian(mine, path)
    numbers = [tag for name, tag in page.tags if name == "input" and tag.get("type") in ("number", "range")]
    assert numbers
    for tag in numbers:
        for name in ("value", "min", "max", "step"):
            if tag.get(name):
                float(tag[name] or "")
    for name, tag in page.tags:
        if name == "option":
            float(tag["value"] or "")


def test_numbers_shown_have_commas(mine, person, make):
    assert "6,0" in russian(mine, "/?model=pony").said
    assert "от 1 до 20 с шагом 0,5" in russian(mine, "/guide/").said
    assert "6,5 · рекомендуется" in russian(mine, f"/gallery/{make(person, cfg_scale=6.5).pk}/").said


def test_programs_read_the_same_in_every_language(mine, person, make):
    path = f"/gallery/{make(person, cfg_scale=6.5).pk}.json"
    assert mine.get(path, headers=RUSSIAN).json() == mine.get(path).json()


@pytest.mark.parametrize(
    ("name", "value", "model", "mode", "says"),
    [
        ("prompt", " ", "pony", "text2image", "Напишите, что создать: это поле не может быть пустым."),
        ("steps", "9", "pony", "text2image", "Введите число от 10 до 50."),
        ("cfg_scale", "6,3", "pony", "text2image", "Выберите значение с шагом 0,5."),
        ("motion_score", "5,1", "anisora", "text2video", "Введите число от 0,0 до 5,0."),
        ("cfg_scale", "2", "phr00t", "text2video", "У этой модели здесь всегда 1,0."),
        ("reference_image", None, "flux", "image2image", "Выберите изображение."),
    ],
)
def test_a_wrong_input_answers_in_russian_at_its_field(mine, name, value, model, mode, says):
    answer = mine.post("/generate/", form_of(model, mode, **{name: value}), headers=RUSSIAN)
    assert answer.status_code == 422
    assert answer.context["form"][name].errors == [says]
    assert says in Reader(answer.content.decode()).said


@pytest.mark.parametrize(
    ("ahead", "says"), [(1, "впереди 1 запрос,"), (2, "впереди 2 запроса,"), (5, "впереди 5 запросов,")]
)
def test_counted_things_have_their_plural(mine, other, ask, ahead, says):
    for _number in range(ahead):
        ask(other)
    assert any(text.startswith(says) for text in russian(mine, "/").said)


def test_the_language_is_switched_by_its_form(mine):
    def choose(language: str) -> Any:
        return mine.post("/i18n/setlang/", {"language": language, "next": "/guide/"}, follow=True)

    assert mine.get("/guide/").context["LANGUAGE_CODE"] == "en"
    assert "Справка" in Reader(choose("ru").content.decode()).said
    assert "Студия" in russian(mine, "/").said
    assert "Guide" in Reader(choose("en").content.decode()).said
