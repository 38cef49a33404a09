"""Who sees an output: every URL of the gallery × who asks × rating × whom the owner shows it to. All else is 404."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from containers import Embedded
from gallery import access, discretion, grid, queries, rating, services, sharing, signals
from gallery.models import Output, Rating, Visibility, Withheld
from gallery.queries import Whose
from generation.engine.media import save
from generation.models import ReferenceImage
from people.models import Profile, Role

from .conftest import CHANGING, OF_AN_OUTPUT, address, ask

pytestmark = pytest.mark.django_db

PIXELS = {"output_json", "output_file", "output_download", "output_poster", "output_frame", "output_alike", "report"}
LIKES = {"output_favourite"}
OWNERS = CHANGING - LIKES
BY_LINK = {"shared_link", "shared_file", "shared_poster", "report_by_link"}
WALKED = [name for name in OF_AN_OUTPUT if name != "output_rendition"] + [*sorted(BY_LINK), "report", "rerun"]
SHARED = "shared"
WAYS = [Visibility.PRIVATE, SHARED, Visibility.LINK, Visibility.PUBLIC]


@pytest.fixture
def people(ada, bob, settings) -> dict[str, Client]:
    """Everybody who may ask, signed in; Bob is the one to whom Ada shows things, Cleo is one who confirmed her age."""
    settings.MATURE = True
    cleo, dana = User.objects.create_user("cleo"), User.objects.create_user("dana")
    Profile.objects.create(user=cleo, adult_confirmed_at=timezone.now(), wants_mature=True)
    mona = User.objects.create_user("mona")
    Profile.objects.create(user=mona, role=Role.MODERATOR)
    root = User.objects.create_superuser("root")
    found = {"anonymous": Client()}
    for name, user in {
        "owner": ada,
        "guest": bob,
        "adult": cleo,
        "member": dana,
        "mod": mona,
        "operator": root,
    }.items():
        found[name] = Client()
        found[name].force_login(user)
    return found


@pytest.fixture
def show(media, ada, bob, keep) -> Callable[..., Output]:
    """An output of Ada's, rated, and shown in one of the ways; by name to Bob and to Cleo, who is an adult."""

    def show(way: str, rating: str = Rating.GENERAL, withheld: str = "", **facts: object) -> Output:
        output = keep(ada)
        visibility = Visibility.PRIVATE if way == SHARED else Visibility(way)
        sharing.share(output, visibility, shows_prompt=True, shows_references=False)
        if way == SHARED:
            output.shared_with.add(bob, *User.objects.filter(username="cleo"))
        Output.objects.filter(pk=output.pk).update(
            rating=rating, withheld=withheld, link_key=output.link_key or uuid.uuid4(), **facts
        )
        output.refresh_from_db()
        return output

    return show


def visit(client: Client, name: str, output: Output) -> int:
    by_id = name in OF_AN_OUTPUT
    url = address(name, output.pk) if by_id else reverse(name, args=[output.link_key if name in BY_LINK else output.pk])
    answer = client.post(url) if name in CHANGING | {"rerun"} else client.get(url)
    if answer.streaming:
        b"".join(answer)
    return answer.status_code


def may_see(who: str, way: str, rating: str) -> bool:
    """The rules, said once more and otherwise than in the code."""
    if who == "owner":
        return True
    if who == "anonymous" or rating == "":
        return False
    if who in ("mod", "operator"):
        return way != Visibility.PRIVATE
    by_name = way == SHARED and who in ("guest", "adult")
    if rating == Rating.GENERAL:
        return by_name or way == Visibility.PUBLIC
    return by_name and who == "adult"


def expected(who: str, name: str, way: str, rating: str) -> set[int]:
    if name in BY_LINK:
        return {200} if way == Visibility.LINK and rating == Rating.GENERAL else {404}
    if who == "anonymous":
        return {302}
    if name in OWNERS:
        return {404} if who != "owner" else {200, 302, 400, 422}
    if name == "report":
        return {200} if who != "owner" and may_see(who, way, rating) else {404}
    if name in {"rerun", *LIKES}:
        as_guest = may_see(who, way, rating) and not (
            who in ("mod", "operator") and not (way == Visibility.PUBLIC and rating == Rating.GENERAL)
        )
        return {302, 303} if as_guest else {404}
    return {200} if may_see(who, way, rating) else {404}


@pytest.mark.parametrize("rating", list(Rating))
@pytest.mark.parametrize("way", WAYS)
def test_every_url_for_everybody(people, show, way, rating):
    output = show(way, rating)
    last = ["output_share_link", "output_share", "output_delete"]  # what changes what others find, in this order
    surprises = []
    for name in [name for name in WALKED if name not in last] + last:
        for who in sorted(people, key=lambda who: who == "owner"):
            status = visit(people[who], name, output)
            if status not in expected(who, name, way, rating):
                surprises.append(f"{name} for {who}: {status}")
    assert surprises == []


@pytest.mark.parametrize("withheld", [reason for reason in Withheld if reason])
def test_what_is_withheld_is_there_for_moderators_and_as_facts_for_its_owner(people, show, withheld):
    output = show(Visibility.PUBLIC, Rating.MATURE, withheld)
    private = show(Visibility.PRIVATE, Rating.MATURE, withheld)
    for name in WALKED:
        if name in OWNERS:
            continue
        for who in people:
            status = visit(people[who], name, output)
            sees = (who in ("mod", "operator") and name in PIXELS | {"output"}) or (who == "owner" and name == "output")
            assert status == (200 if sees else 404 if who != "anonymous" or name in BY_LINK else 302), (name, who)
    for_review = withheld in access.FOR_REVIEW
    assert visit(people["mod"], "output_poster", private) == (200 if for_review else 404)


def test_a_private_output_is_there_for_moderators_while_it_is_reported(people, show, bob):
    output = show(Visibility.PRIVATE, shows_prompt=False)
    report = output.reports.create(owner=output.owner, reporter=bob, wrong="hate")
    assert visit(people["mod"], "output", output) == 200
    assert people["mod"].get(reverse("output_json", args=[output.pk])).json()["parameters"]["prompt"]
    for way in ("remix", "reference"):
        assert people["mod"].get("/", {way: output.pk}).status_code == 404

    output.reports.filter(pk=report.pk).update(decided_at=timezone.now())
    assert visit(people["mod"], "output", output) == 404


def test_the_link_page_leads_nowhere_and_is_not_to_be_found(people, show):
    output = show(Visibility.LINK)
    answer = people["anonymous"].get(reverse("shared_link", args=[output.link_key]))
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    page = answer.content.decode()
    assert str(output.pk) not in page
    assert output.owner.username not in page.partition("<body")[2]
    links = {part.partition('"')[0] for part in page.partition("<main")[2].split('href="')[1:]}
    own = (f"/s/{output.link_key}/", "/static/")
    assert [link for link in links if not link.startswith(own)] == []


def test_another_link_ends_the_one_before(people, show, hers):
    output = show(Visibility.LINK)
    hers.post(reverse("output_share_link", args=[output.pk]))
    assert visit(people["anonymous"], "shared_link", output) == 404
    output.refresh_from_db()
    assert visit(people["anonymous"], "shared_link", output) == 200


# ---- What is told ----


@pytest.fixture
def telling(media, ada, tmp_path) -> Callable[..., Output]:
    """A public output whose file, receipt and request tell of a violet teapot and of a reference picture."""

    def telling(**facts: bool) -> Output:
        reference = "ab" * 32
        generation = ask(ada, mode="image2image", prompt="a violet teapot", reference_image=reference)
        parameters = generation.parameters
        secret = Embedded(text="a violet teapot", json=json.dumps(parameters))
        save(np.zeros((1, 64, 64, 3), np.uint8), tmp_path / "told", "png", 0, secret)
        output = Output(
            owner=ada,
            generation=generation,
            **{name: parameters[name] for name in ("type", "model", "mode", "prompt", "seed", "width", "height")},
            parameters=parameters,
            receipt={"prompt": {"text": "a violet teapot"}, "references": [reference]},
            format="png",
            bytes=(tmp_path / "told").stat().st_size,
            sha256="0" * 64,
            pixel_sha256="1" * 64,
            rating=Rating.GENERAL,
            visibility=Visibility.PUBLIC,
            link_key=uuid.uuid4(),
            **facts,
        )
        with (tmp_path / "told").open("rb") as file:
            output.file.save("told", file, save=False)
            file.seek(0)
            output.poster.save("poster", file, save=False)
        output.save()
        ReferenceImage.objects.create(owner=ada, sha256=reference, width=8, height=8, file="references/gone.png")
        return output

    return telling


def everything(client: Client, output: Output) -> bytes:
    """All that somebody gets of it."""
    names = ("output", "output_json", "output_file", "output_download")
    answers = [client.get(reverse(name, args=[output.pk])) for name in names]
    answers.append(client.get(reverse("gallery"), {"whose": "public"}))
    assert {answer.status_code for answer in answers} == {200}
    heads = b"".join(str(answer.headers).encode() for answer in answers)
    return heads + b"".join(b"".join(answer) for answer in answers)


def test_the_owner_and_who_may_know_get_the_whole_file(telling, hers, his):
    output = telling(shows_prompt=True, shows_references=True)
    assert b"violet" in everything(his, output)
    assert b"abab" in everything(his, output)
    with output.file.open("rb") as file:
        kept = file.read()
    assert b"".join(his.get(reverse("output_file", args=[output.pk]))) == kept
    assert his.get("/", {"remix": output.pk}).status_code == 200


def test_a_hidden_prompt_is_told_nowhere(telling, hers, his):
    output = telling(shows_prompt=False, shows_references=True)
    for spelling in (b"violet", b"abab"):
        assert spelling not in everything(his, output)
        assert spelling in everything(hers, output)
    assert his.get("/", {"remix": output.pk}).status_code == 404
    assert his.post(reverse("rerun", args=[output.pk])).status_code == 404
    assert his.get(reverse("output_reference", args=[output.pk, "ab" * 32])).status_code == 404
    assert his.get(reverse("output", args=[output.pk])).context["again"] is None


def test_hidden_references_are_told_nowhere(telling, hers, his):
    output = telling(shows_prompt=True, shows_references=False)
    told = everything(his, output)
    assert b"violet" in told
    assert b"abab" not in told
    remix = his.get("/", {"remix": output.pk})
    assert "violet" in remix.content.decode()
    assert "abab" not in remix.content.decode()
    assert his.get(reverse("output_reference", args=[output.pk, "ab" * 32])).status_code == 404


def test_a_part_of_a_stripped_file_is_that_part(telling, his):
    output = telling(shows_prompt=False, shows_references=False)
    url = reverse("output_file", args=[output.pk])
    whole = b"".join(his.get(url))
    part = his.get(url, headers={"range": "bytes=10-29"})
    assert (part.status_code, b"".join(part)) == (206, whole[10:30])
    assert his.get(url, headers={"if-none-match": part["ETag"]}).status_code == 304
    assert part["ETag"] != f'"{output.sha256}"'


def test_what_others_see_they_ask_for_each_time(telling, hers, his):
    output = telling(shows_prompt=True, shows_references=True)
    url = reverse("output_file", args=[output.pk])
    assert his.head(url)["Cache-Control"] == "private, no-cache"
    assert "immutable" in hers.head(url)["Cache-Control"]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("ab" * 32, {"ab" * 32}),
        ([{"frame_index": 0, "image": "cd" * 32}], {"cd" * 32}),
        ("a teapot", set()),
        (7, set()),
    ],
)
def test_pictures_are_known_by_their_hashes(value, named):
    assert discretion.images({"parameter": value}) == named


# ---- Lists ----


def test_each_feed_has_what_it_says(people, show, ada, bob):
    mine = show(Visibility.PRIVATE)
    by_name, public = show(SHARED), show(Visibility.PUBLIC)
    show(Visibility.PUBLIC, Rating.MATURE), show(Visibility.PUBLIC, Rating.UNRATED)
    show(Visibility.PUBLIC, withheld=Withheld.MODERATOR), show(Visibility.LINK)
    grown = show(SHARED, Rating.MATURE)

    def seen(who, whose):
        return {
            output.pk
            for output in people[who].get("/gallery/", {"whose": whose, "singly": "1"}).context["page"].outputs
        }

    assert seen("guest", "") == set()
    assert mine.pk in seen("owner", "")
    assert seen("guest", "shared") == {by_name.pk}
    assert seen("adult", "shared") == {by_name.pk, grown.pk}
    assert seen("guest", "public") == seen("adult", "public") == {public.pk}


def test_neighbours_are_of_the_feed_that_one_looks_at(people, show, bob):
    first, _private, last = show(Visibility.PUBLIC), show(Visibility.PRIVATE), show(Visibility.PUBLIC)
    context = people["guest"].get(reverse("output", args=[first.pk])).context
    assert (context["previous"], context["next"]) == (last, None)


@pytest.mark.parametrize("whose", ["shared", "public"])
def test_the_number_of_queries_does_not_grow(ada, bob, his, rows, whose):
    def made(count):
        outputs = rows(ada, count)
        Output.objects.filter(pk__in=[output.pk for output in outputs]).update(
            rating=Rating.GENERAL, visibility=Visibility.PUBLIC, shows_prompt=True
        )
        bob.outputs_shared.add(*outputs)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert his.get("/gallery/", {"whose": whose}).context["page"].outputs
        return len(captured)

    made(1)
    few = asked()
    made(grid.PAGE_SIZE * 2)
    assert asked() == few


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
def test_the_public_feed_is_read_from_its_index(ada, rows, no_statistics):
    assert "output_public" in queries.feed(ada, Whose.PUBLIC).rows.order_by("-created_at", "-id").explain()


# ---- Sharing ----


def share(client: Client, output: Output, **values: str) -> int:
    return client.post(reverse("output_share", args=[output.pk]), values).status_code


def test_an_owner_shows_and_takes_back(media, ada, bob, hers, his, keep):
    output = keep(ada)
    Output.objects.update(rating=Rating.GENERAL)
    url = reverse("output", args=[output.pk])

    assert share(hers, output, visibility="public", shows_prompt="on") == 302
    assert his.get(url).status_code == 200
    assert share(hers, output, visibility="private") == 302
    assert his.get(url).status_code == 404

    hers.post(reverse("output_share_add", args=[output.pk]), {"username": "bob"})
    assert his.get(url).status_code == 200
    assert "bob" in hers.get(url).context["people"]
    hers.post(reverse("output_share_remove", args=[output.pk]), {"username": "bob"})
    assert his.get(url).status_code == 404


@pytest.mark.parametrize("name", ["bo", "BOB", "nobody", "ada", "gone", "", "b\0b"])
def test_people_are_found_by_their_whole_name_alone(media, ada, bob, hers, keep, name):
    User.objects.create_user("gone", is_active=False)
    output = keep(ada)
    answer = hers.post(reverse("output_share_add", args=[output.pk]), {"username": name})
    assert answer.status_code == 422
    assert answer.context["person_form"].errors["username"]
    assert not output.shared_with.exists()


@pytest.mark.parametrize("visibility", ["", "everybody", "\0"])
def test_nonsense_is_refused_beside_its_field(media, ada, hers, keep, visibility):
    output = keep(ada)
    answer = hers.post(reverse("output_share", args=[output.pk]), {"visibility": visibility})
    assert answer.status_code == 422
    assert answer.context["sharing_form"].errors["visibility"]


def test_who_is_paused_takes_back_and_does_not_share(media, ada, hers, show):
    output = show(Visibility.PUBLIC)
    Profile.objects.create(user=ada, paused_until=timezone.now() + timedelta(days=1))
    share(hers, output, visibility="link")
    hers.post(reverse("output_share_add", args=[output.pk]), {"username": "bob"})
    output.refresh_from_db()
    assert (output.visibility, output.shared_with.count()) == (Visibility.PUBLIC, 0)
    share(hers, output, visibility="private")
    output.refresh_from_db()
    assert output.visibility == Visibility.PRIVATE


def test_withholding_is_announced_with_what_was_before(show, ada):
    heard = []

    def hear(**facts):
        heard.append((facts.get("before"), facts.get("reason"), facts["note"]))

    signals.withheld.connect(hear)
    signals.restored.connect(hear)
    output = show(Visibility.PUBLIC)
    services.withhold(output, Withheld.POLICY, note="noise")
    rating.give_back(output, note="a mistake")
    assert heard == [("", Withheld.POLICY, "noise"), (Withheld.POLICY, None, "a mistake")]
    output.refresh_from_db()
    assert output.withheld == ""
