"""Taking everything out, and leaving."""

import io
import json
import tracemalloc
import zipfile

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery import services
from gallery.models import Output, Withheld
from generation.models import Generation, ReferenceImage
from moderation import gate
from moderation.models import Appeal, AuditEntry, Report, Term, Wrong
from people import export, leaving, notices
from people.models import Invitation, Notice
from safety import policy
from tests.pages.conftest import form_of
from tests.people.conftest import PASSWORD, media_files

HELD = ("refusals", "reports", "acts", "appeals")


@pytest.fixture
def belongings(person, client_of, make, media) -> Output:
    """A generation that waits, with its reference image; one that is made; a notice."""
    client_of(person).post("/generate/", form_of("pony", "image2image"))
    notices.tell(person, "A dancing fox was here.")
    return make(person)


def taken(client: Client) -> zipfile.ZipFile:
    answer = client.post("/account/data/")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def name_of(output: Output) -> str:
    return f"outputs/{output.created_at:%Y-%m-%d}-pony-a-teapot-on-a-hill-7-{output.pk.hex[:12]}"


class TestTakingOut:
    def test_everything_of_the_person_is_in_it(self, person, belongings, confirmed):
        archive = taken(confirmed(person))
        assert archive.testzip() is None
        reference = ReferenceImage.objects.get()
        output = name_of(belongings)
        assert set(archive.namelist()) == {
            "profile.json",
            "notices.json",
            "manifest.json",
            "collections.json",
            "searches.json",
            *(f"moderation/{name}.json" for name in HELD),
            *(f"generations/{pk}.json" for pk in Generation.objects.values_list("pk", flat=True)),
            f"{output}.json",
            f"{output}.png",
            f"references/{reference.sha256}.json",
            f"references/{reference.sha256}.png",
        }
        with belongings.file.open("rb") as file:
            assert archive.read(f"{output}.png") == file.read()
        assert json.loads(archive.read(f"{output}.json"))["prompt"] == belongings.prompt
        assert json.loads(archive.read("profile.json"))["username"] == "mira"
        assert json.loads(archive.read("notices.json"))[0]["text"] == "A dancing fox was here."

    def test_nothing_of_others_and_nothing_that_opens_the_account(self, person, other, belongings, make, confirmed):
        theirs = make(other)
        archive = taken(confirmed(person))
        whole = b"".join(archive.read(name) for name in archive.namelist())
        assert str(theirs.pk).encode() not in whole
        person.refresh_from_db()
        assert person.password.encode() not in whole
        assert b"session_key" not in whole

    def test_what_moderation_holds_is_told_but_not_who_did_or_said_it(self, person, other, belongings, confirmed):
        Term.objects.create(phrase="purple walrus", does=Term.Does.BLOCK)
        with pytest.raises(policy.Refused):
            gate.check(person, {"title": "a purple walrus"}, gate.Where.WORDS)
        Report.objects.create(output=belongings, owner=person, reporter=other, wrong=Wrong.OTHER, words="Oleg says so.")
        Report.objects.create(output=None, owner=other, reporter=person, wrong=Wrong.HATE, words="This is unkind.")
        services.withhold(belongings, Withheld.MODERATOR, other, "Not here.")
        entry = AuditEntry.objects.get(act="withheld")
        Appeal.objects.create(act=entry, person=person, words="It is a teapot.")
        archive = taken(confirmed(person))
        held = {name: json.loads(archive.read(f"moderation/{name}.json")) for name in HELD}
        assert held["refusals"][0]["texts"] == {"title": "a purple walrus"}
        assert [report["words"] for report in held["reports"]] == ["This is unkind."]
        assert [(act["act"], act["reason"]) for act in held["acts"]] == [("withheld", "Not here.")]
        assert (held["appeals"][0]["act"], held["appeals"][0]["words"]) == (entry.pk, "It is a teapot.")
        assert b"oleg" not in b"".join(archive.read(name) for name in archive.namelist()).lower()

    def test_the_password_is_asked_for_first(self, person, belongings, sign_in):
        hers = sign_in(person)
        asked = hers.post("/account/data/")
        assert asked.headers["location"].startswith("/accounts/reauthenticate/")
        going_on = hers.post(asked.headers["location"], {"password": PASSWORD, "next": "/account/data/"})
        assert zipfile.is_zipfile(io.BytesIO(b"".join(going_on)))

    def test_a_lost_file_costs_no_other(self, person, belongings, confirmed):
        belongings.file.storage.delete(belongings.file.name)
        assert f"{name_of(belongings)}.json" in taken(confirmed(person)).namelist()

    def test_memory_does_not_grow_with_the_files(self, person, make):
        for _number in range(12):
            make(person, content=bytes(2_000_000))
        tracemalloc.start()
        size = sum(len(piece) for piece in export.archive(person))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > 24_000_000
        assert peak < 6_000_000


class TestLeaving:
    def test_everything_goes_with_its_files(
        self, person, belongings, confirmed, media, django_capture_on_commit_callbacks
    ):
        assert len(media_files(media)) == 3
        hers = confirmed(person)
        page = hers.get("/account/delete/").content.decode()
        assert "1 output with its file" in page
        assert "1 reference image" in page
        with django_capture_on_commit_callbacks(execute=True):
            answer = hers.post("/account/delete/", {"username": "mira"})
        assert answer.headers["location"] == "/accounts/login/"
        assert media_files(media) == []
        for model in (User, Output, Generation, ReferenceImage, Notice, Invitation):
            assert not model.objects.exists()
        assert hers.get("/account/").status_code == 302

    def test_what_runs_is_cancelled_before(self, person, belongings, monkeypatch):
        """So that its worker finds out at its next step, and shares are settled as for any cancel."""
        from people.signals import stopped

        seen: list[list[str]] = []

        def listen(person: User, **kwargs: object) -> None:
            seen.append(sorted(Generation.objects.values_list("state", flat=True)))

        stopped.connect(listen)
        try:
            leaving.delete_account(person)
        finally:
            stopped.disconnect(listen)
        assert seen[0] == ["cancelled", "succeeded"]

    def test_what_others_made_from_it_stays(self, person, other, belongings, make, ask):
        remix = ask(other, state="succeeded")
        Generation.objects.filter(pk=remix.pk).update(remixed_from=belongings)
        theirs = make(other, generation=remix)
        leaving.delete_account(person)
        remix.refresh_from_db()
        assert remix.remixed_from is None
        assert Output.objects.get() == theirs

    def test_a_slip_deletes_nothing(self, person, belongings, confirmed):
        answer = confirmed(person).post("/account/delete/", {"username": "oleg"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["username"] == ["That is not your username."]
        assert 'value="oleg"' in answer.content.decode()
        assert Output.objects.exists()

    def test_the_password_is_asked_for_first(self, person, sign_in):
        hers = sign_in(person)
        for answer in (hers.get("/account/delete/"), hers.post("/account/delete/", {"username": "mira"})):
            assert answer.headers["location"].startswith("/accounts/reauthenticate/")
        assert User.objects.exists()

    def test_the_last_operator_stays(self, operator, confirmed):
        theirs = confirmed(operator)
        assert "only operator" in theirs.get("/account/delete/").content.decode()
        assert theirs.post("/account/delete/", {"username": "olga"}).status_code == 422
        with pytest.raises(leaving.LastOperator):
            leaving.delete_account(operator)
        User.objects.create_superuser("anton")
        assert theirs.post("/account/delete/", {"username": "olga"}).status_code == 302
        assert not User.objects.filter(username="olga").exists()
