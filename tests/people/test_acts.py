"""What moderators and operators do about people, and what they may not."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from generation import ledger, limits
from generation.catalogue import Invalid
from generation.engine.api import Progress, Stage
from generation.models import Generation, Share
from generation.request import parse
from people import acts, notices, standing
from people.models import Profile
from people.signals import acted, stopped
from tests.people.conftest import PASSWORD

REQUEST = {"model": "pony", "mode": "text2image", "prompt": "a teapot on a hill", "seed": 7}
ACTS = {
    "role": {"role": "moderator"},
    "pause": {"pause-days": "3", "pause-reason": "Too many foxes."},
    "ban": {"ban-reason": "Only foxes."},
    "unpause": {},
    "unban": {},
    "reset": {},
    "second-factors": {},
}


def do(client: Client, person: User, act: str, **changes: str) -> int:
    return client.post(f"/people/{person.pk}/{act}/", ACTS[act] | changes).status_code


@pytest.mark.parametrize("act", ACTS)
def test_members_do_nothing_about_others(person, other, client_of, act):
    assert do(client_of(person), other, act) == 403


@pytest.mark.parametrize("act", ACTS)
def test_nobody_acts_about_themselves(operator, client_of, act):
    assert do(client_of(operator), operator, act) == 403
    operator.refresh_from_db()
    assert operator.is_staff
    assert operator.is_active


@pytest.mark.parametrize("act", ACTS)
def test_moderators_leave_operators_and_each_other_alone(moderator, operator, client_of, act):
    second = User.objects.create_user("anton")
    Profile.objects.create(user=second, role="moderator")
    mine = client_of(moderator)
    assert do(mine, operator, act) == do(mine, second, act) == 403


@pytest.mark.parametrize("act", ["role", "reset", "second-factors"])
def test_what_opens_an_account_is_for_operators(moderator, person, client_of, act):
    assert do(client_of(moderator), person, act) == 403


def test_staff_who_are_no_superusers_make_no_operators(person, operator, client_of):
    staff = User.objects.create_user("anton", is_staff=True)
    assert do(client_of(staff), person, "role", role="operator") == 422
    assert do(client_of(staff), operator, "role", role="member") == 403
    assert do(client_of(operator), person, "role", role="operator") == 302
    person.refresh_from_db()
    assert person.is_superuser


def test_a_change_of_role_ends_sessions_and_is_told(person, operator, sign_in, client_of):
    hers = sign_in(person)
    do(client_of(operator), person, "role")
    assert hers.get("/people/").status_code == 302
    hers = sign_in(person)
    assert hers.get("/people/").status_code == 200
    assert "You are a moderator now." in hers.get("/account/").content.decode()


def test_rights_taken_away_elsewhere_end_sessions_too(operator, sign_in):
    theirs = sign_in(operator)
    operator.is_superuser = operator.is_staff = False
    operator.save()
    assert theirs.get("/account/").status_code == 302


class TestAdmin:
    """What is done to accounts there goes by no act of ours."""

    @pytest.fixture
    def running(self, person, ask):
        return ask(person, state="running")

    @pytest.fixture
    def told(self):
        """The states of what was made for whom, as they were when others heard that it is over."""
        heard: list[str] = []

        def listen(person: User, **kwargs: object) -> None:
            heard.extend(Generation.objects.filter(owner=person).values_list("state", flat=True))

        stopped.connect(listen)
        yield heard
        stopped.disconnect(listen)

    @pytest.mark.parametrize("ways", [("{}/delete/", {"post": "yes"}), ("", {"action": "delete_selected"})])
    def test_who_is_deleted_has_nothing_made_any_more(self, person, operator, client_of, running, told, ways):
        path, fields = ways
        fields = {**fields, "post": "yes", "_selected_action": [str(person.pk)]}
        assert client_of(operator).post("/admin/auth/user/" + path.format(person.pk), fields).status_code == 302
        assert told == ["cancelled"]
        assert not User.objects.filter(pk=person.pk).exists()
        assert not ledger.beat(running, Progress(Stage.DENOISING, 0.5, 1, 2))

    def test_who_is_closed_there_has_nothing_made_any_more(self, person, operator, client_of, running):
        form = client_of(operator).get(f"/admin/auth/user/{person.pk}/change/").context["adminform"].form
        fields = {name: value for name, value in form.initial.items() if isinstance(value, str)}
        joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        answer = client_of(operator).post(f"/admin/auth/user/{person.pk}/change/", fields | joined)
        assert answer.status_code == 302
        person.refresh_from_db()
        running.refresh_from_db()
        assert (person.is_active, running.state) == (False, "cancelled")


class TestPause:
    def test_who_is_paused_may_look_and_not_generate(self, person, moderator, client_of, ask):
        waiting = ask(person)
        do(client_of(moderator), person, "pause")
        waiting.refresh_from_db()
        assert waiting.state == "cancelled"
        with pytest.raises(Invalid, match="A moderator paused you until"):
            ledger.submit(person, parse(REQUEST))
        with pytest.raises(Invalid, match="A moderator paused you until"):
            ledger.retry(waiting)
        page = client_of(person).get("/").content.decode()
        assert "Too many foxes." in page

    def test_the_form_says_why(self, person, moderator, client_of, media):
        do(client_of(moderator), person, "pause")
        answer = client_of(person).post("/generate/", REQUEST)
        assert answer.status_code == 422
        assert "A moderator paused you until" in answer.content.decode()
        assert not Generation.objects.exists()

    def test_a_pause_ends_by_itself(self, person, moderator):
        acts.pause(moderator, person, timezone.now() + timedelta(days=1), "Rest.")
        Profile.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
        assert standing.paused_until(person) is None

    def test_a_pause_is_lifted(self, person, moderator, client_of):
        do(client_of(moderator), person, "pause")
        do(client_of(moderator), person, "unpause")
        ledger.check(person, parse(REQUEST))

    @pytest.mark.parametrize(
        ("field", "value"),
        [("pause-days", "0"), ("pause-days", "x"), ("pause-reason", " "), ("pause-reason", "y" * 501)],
    )
    def test_what_is_wrong_is_told_at_its_field(self, person, moderator, client_of, field, value):
        answer = client_of(moderator).post(f"/people/{person.pk}/pause/", ACTS["pause"] | {field: value})
        assert answer.status_code == 422
        assert list(answer.context["pause_form"].errors) == [field.removeprefix("pause-")]
        assert standing.paused_until(person) is None


class TestBan:
    def test_who_is_banned_is_out_at_once(self, person, moderator, sign_in, client_of, ask):
        hers, running = sign_in(person), ask(person)
        do(client_of(moderator), person, "ban")
        assert hers.get("/").status_code == 302
        answer = Client().post("/accounts/login/", {"login": "mira", "password": PASSWORD})
        assert answer.headers["location"] == "/accounts/inactive/"
        running.refresh_from_db()
        assert running.state == "cancelled"

    def test_a_ban_is_lifted(self, person, moderator, sign_in, client_of):
        do(client_of(moderator), person, "ban")
        do(client_of(moderator), person, "unban")
        person.refresh_from_db()
        assert "Your account is open again." in sign_in(person).get("/account/").content.decode()

    def test_a_reason_is_asked_for(self, person, moderator, client_of):
        assert do(client_of(moderator), person, "ban", **{"ban-reason": ""}) == 422
        person.refresh_from_db()
        assert person.is_active


def test_a_new_password_by_an_operators_link_once(person, operator, sign_in, client_of):
    hers = sign_in(person)
    link = client_of(operator).post(f"/people/{person.pk}/reset/").context["link"].removeprefix("http://testserver")
    stranger = Client()
    form = stranger.get(link).headers["location"]
    answer = stranger.post(form, {"password1": "seven-blue-foxes", "password2": "seven-blue-foxes"})
    assert answer.status_code == 302
    assert hers.get("/account/").status_code == 302
    sign_in(person, "seven-blue-foxes")
    assert Client().get(link).status_code == 200  # the page that says that it was used


def test_every_act_is_announced(person, operator, moderator):
    heard: list[tuple[str, str, str | None]] = []

    def listen(by: User, person: User | None, act: str, **kwargs: object) -> None:
        heard.append((by.username, act, person and person.username))

    acted.connect(listen)
    try:
        acts.pause(moderator, person, timezone.now() + timedelta(days=1), "Rest.")
        acts.unpause(moderator, person)
        acts.ban(moderator, person, "Enough.")
        acts.unban(moderator, person)
        acts.set_role(operator, person, "moderator")
    finally:
        acted.disconnect(listen)
    assert heard == [
        ("nadia", "paused", "mira"),
        ("nadia", "unpaused", "mira"),
        ("nadia", "banned", "mira"),
        ("nadia", "unbanned", "mira"),
        ("olga", "role", "mira"),
    ]


def test_limits_are_for_members(person, moderator, operator, settings):
    settings.MAX_RUNNING, settings.MAX_QUEUED, settings.GPU_SECONDS_A_DAY = 1, 2, 3
    assert limits.Limits.of(Share.of(person.pk)) == limits.Limits(2, 3)
    for unlimited in (moderator, operator):
        assert limits.Limits.of(Share.of(unlimited.pk)) == limits.Limits(0, 0)
        assert limits.may_run(Share(owner=unlimited)) == 0
    assert limits.may_run(Share(owner=person)) == 1
    share = Share.objects.create(owner=moderator, max_queued=5)
    assert limits.Limits.of(Share.of(moderator.pk)) == limits.Limits(5, 0)
    assert limits.may_run(share) == 0


@pytest.mark.parametrize(
    "path", ["/people/?after=x", "/people/?after=-1", "/people/?q=%00", f"/people/{10**30}/", "/people/0/"]
)
def test_what_is_not_there_is_404(moderator, client_of, path):
    assert client_of(moderator).get(path).status_code == 404


def test_the_list_goes_on_where_the_page_ended(moderator, client_of):
    User.objects.bulk_create(User(username=f"fox{number:03}") for number in range(60))
    first = client_of(moderator).get("/people/?q=fox")
    second = client_of(moderator).get(first.context["older_url"])
    names = [person.username for page in (first, second) for person, _role in page.context["rows"]]
    assert names == [f"fox{number:03}" for number in reversed(range(60))]
    assert second.context["older_url"] is None


def test_a_notice_is_told_in_the_readers_language(person):
    notice = notices.tell(person, "%(count)d cancelled.", {"count": 2})
    assert notices.text(notice) == "2 cancelled."


def test_operators_delete_accounts_in_the_admin(person, operator, client_of):
    Profile.objects.create(user=person)
    notices.tell(person, "A dancing fox was here.")
    answer = client_of(operator).post(f"/admin/auth/user/{person.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not User.objects.filter(username="mira").exists()
