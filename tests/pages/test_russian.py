"""The interface in Russian: nothing is left untranslated, and numbers stay numbers for browsers and programs."""

import ast
import gettext
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from gallery import sharing
from gallery.models import Output, Rating, Visibility
from generation import ledger
from generation.catalogue import models
from generation.durations import Range
from generation.models import Generation
from generation.wording import failure, span
from moderation import acts, appealing, refusing
from moderation.models import AuditEntry, Report, Where, Wrong
from people.models import JoinRequest
from safety.policy import Rule, Verdict
from tests.ledger.conftest import make_worker
from tests.pages.conftest import form_of

ROOT = settings.BASE_DIR
LOCALE = ROOT / "locale" / "ru" / "LC_MESSAGES"
ROOMS = ("gallery", "generation", "mediagen_site", "moderation", "people", "safety")
RUSSIAN = {"Accept-Language": "ru"}
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
EVERY_FORM = [f"/?model={model.id}&mode={mode.id}" for model in models().values() for mode in model.modes]
GALLERY = ["/gallery/", "/gallery/?type=videos", "/gallery/?whose=shared", "/gallery/?whose=public"]
GALLERY += ["/gallery/?whose=favourites", "/gallery/?whose=trash", "/gallery/?q=is:shared+%22", "/gallery/searches/"]
KEEPING = ["/gallery/import/", "/collections/", "/collections/new/", "/tags/", "/account/storage/", "/compare/"]
ACCOUNT = ["/account/", "/account/delete/", "/accounts/sessions/", "/accounts/2fa/", "/accounts/2fa/webauthn/"]
PAGES = [*EVERY_FORM, *GALLERY, *KEEPING, *ACCOUNT, "/queue/", "/guide/", "/accounts/logout/", "/nowhere/"]
ENTRANCE = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/inactive/", "/join/"]
LOOKED_AFTER = ["/people/", "/people/?q=mira", "/people/invitations/", "/moderation/", "/moderation/audit/"]
NAMES = {
    *("Ctrl", "CSV", "JSONL", "MediaGen", "WebP", "png", "mira", "oleg", "olga"),
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
SEARCHED = re.compile(r"\w+:\S+")
"""A term of the search, which is written the same in every language."""


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
        self.silent = tag in ("script", "style", "textarea", "code")
        shown = ("alt", "aria-label", "placeholder", "title")
        spoken = {v for name, v in attributes.items() if v and (name in shown or name.startswith("data-text-"))}
        self.said |= spoken

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.silent:
            self.said.add(" ".join(data.split()))

    @property
    def english(self) -> set[str]:
        """What is ours and not translated, and what has words without a single Russian one."""
        latin = {t for t in self.said if not re.search("[а-я]", t) and not SEARCHED.fullmatch(t)}
        return self.said & ENGLISH | {t for t in latin if re.search("[a-z]{3}", KEPT.sub("", t))}


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


@pytest.fixture
def hers(db, client_of) -> Client:
    """The browser of somebody who may do everything."""
    return client_of(User.objects.create_superuser("olga"))


@pytest.fixture
def happenings(person, other, make, hers) -> None:
    """One of everything that those who look after people have on their pages."""
    olga = User.objects.get(username="olga")
    shared, held = make(person, prompt="FOX"), make(person, prompt="HARE")
    Output.objects.filter(pk=shared.pk).update(rating=Rating.GENERAL)
    sharing.share(shared, Visibility.PUBLIC, shows_prompt=True, shows_references=True)
    Report.objects.create(output=shared, owner=person, reporter=other, wrong=Wrong.OTHER, words="LOOK")
    acts.withhold(olga, held, "IT FIGHTS")
    appealing.appeal(person, AuditEntry.objects.get(act=acts.Act.WITHHELD), "IT DANCES")
    acts.pause(olga, other, 3, "TOO LOUD")
    refused = Verdict(Rule.UNDER_AGE, spans={"prompt": ("SO",)})
    for text in "ABCDEF":
        refusing.record(other, refused, {"prompt": text}, Where.SUBMIT)
    asking = User.objects.create_user("VERA", is_active=False)
    JoinRequest.objects.create(user=asking, words="HELLO")


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
    assert SAME - prompts == {"CFG scale", "CLIP skip", "Guidance scale", "LoRA", "id"}


@pytest.mark.parametrize("pattern", [r"%\(\w+\)[sd]", r"\{\w+\}"])
def test_translations_keep_the_places_of_values(pattern):
    for text, translations in PO.items():
        for translated in translations:
            assert sorted(re.findall(pattern, translated)) == sorted(re.findall(pattern, text)), text


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
    assert page.english == set()


@pytest.mark.parametrize("path", ENTRANCE)
def test_the_entrance_says_nothing_in_english(client, db, settings, path):
    settings.JOINING = "request"
    assert russian(client, path).english == set()


@pytest.mark.parametrize("path", LOOKED_AFTER)
def test_who_looks_after_people_reads_nothing_in_english(full_house, happenings, hers, path):
    assert russian(hers, path).english == set()


def test_pages_of_one_person_and_one_thing_say_nothing_in_english(person, other, happenings, hers, mine, client_of):
    assert russian(hers, f"/people/{person.pk}/").english == set()
    assert russian(hers, f"/people/{other.pk}/").english == set()
    told = person.notices.get(url__startswith="/appeals/")
    assert russian(mine, told.url).english == set()
    public = Output.objects.get(visibility=Visibility.PUBLIC)
    assert russian(client_of(other), f"/gallery/{public.pk}/report/").english == set()
    assert russian(mine, f"/gallery/{public.pk}/").said & ENGLISH == set()


def test_what_somebody_with_a_link_sees_says_nothing_in_english(client, person, make):
    output = make(person, prompt="FOX")
    Output.objects.filter(pk=output.pk).update(rating=Rating.GENERAL)
    sharing.share(output, Visibility.LINK, shows_prompt=True, shows_references=False)
    output.refresh_from_db()
    link = f"/s/{output.link_key}/"
    assert "Вам дали ссылку на это. Больше она никуда не ведёт." in russian(client, link).said
    assert russian(client, link).said & ENGLISH == set()
    assert russian(client, f"{link}report/").english == set()


def test_the_page_of_operators_says_nothing_in_english(full_house, hers):
    make_worker("BENCH")
    Generation.objects.filter(state="failed").update(error=ledger.WORKER_LOST)
    page = russian(hers, "/admin/operations/")
    assert page.said & ENGLISH == set()
    assert {"Воркеры", "Очередь сейчас", "Неудачи по причинам", "Как сбылись обещания"} <= page.said


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
    around = ""
    for name, tag in page.tags:
        if name in ("datalist", "select"):
            around = name
        if name == "option" and around == "datalist":
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
    ("ahead", "says"),
    [(1, "Перед вами 1 генерация"), (2, "Перед вами 2 генерации"), (5, "Перед вами 5 генераций")],
)
def test_counted_things_have_their_plural(mine, ask, ahead, says):
    make_worker("BENCH")
    for number in range(ahead):
        ask(User.objects.create_user(f"PERSON {number}"))
    (told,) = (text for text in russian(mine, "/").said if text.startswith(says))
    assert re.fullmatch(rf"{says}, начнётся через \d+(–\d+)? (с|мин)|{says}, начнётся через \d+ с – \d+ мин", told)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (12, 18.4, "около 12–18 с"),
        (0.2, 0.4, "около 1 с"),
        (50, 130, "около 50 с – 2 мин"),
        (60, 200, "около 60 с – 3 мин"),
        (120, 200, "около 2–3 мин"),
        (3000, 4000, "около 50 мин – 1 ч 7 мин"),
    ],
)
def test_ranges_of_time_read_naturally(low, high, text):
    with translation.override("ru"):
        told = translation.gettext("about %(time)s") % {"time": span(Range(low, high))}
    assert " ".join(told.split()) == text  # numbers and units do not part at the end of a line


def test_a_failure_and_the_names_below_it_are_one_sentence():
    with translation.override("ru"):
        told = failure("There is not enough memory for this size on this machine. This one should fit:\n768 × 512")
    assert told == "На этой машине не хватает памяти для такого размера. Должен поместиться: 768 × 512"


def test_the_language_is_switched_by_its_form(mine):
    def choose(language: str) -> Any:
        return mine.post("/i18n/setlang/", {"language": language, "next": "/guide/"}, follow=True)

    assert mine.get("/guide/").context["LANGUAGE_CODE"] == "en"
    assert "Справка" in Reader(choose("ru").content.decode()).said
    assert "Студия" in russian(mine, "/").said
    assert "Guide" in Reader(choose("en").content.decode()).said
