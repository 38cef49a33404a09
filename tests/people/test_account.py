"""A person's own page: what they see, where they are signed in, what they were told."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from people import notices
from people.models import Notice, Profile
from people.standing import sees_mature
from tests.people.conftest import PASSWORD


class TestMature:
    @pytest.fixture
    def hers(self, person, client_of, settings) -> Client:
        settings.MATURE = True
        return client_of(person)

    def test_is_nobodys_choice_where_the_site_has_none(self, person, client_of):
        hers = client_of(person)
        assert "Mature content" not in hers.get("/account/").content.decode()
        assert hers.post("/account/mature/", {"choice": "show", "adult": "on"}).status_code == 404

    def test_is_hidden_until_an_adult_asks(self, person, hers):
        assert not sees_mature(person)
        answer = hers.post("/account/mature/", {"choice": "show"})
        assert answer.status_code == 422
        assert "Confirm that you are an adult" in answer.content.decode()
        assert not sees_mature(person)
        assert hers.post("/account/mature/", {"choice": "show", "adult": "on"}).status_code == 302
        assert sees_mature(person)
        assert Profile.objects.get().adult_confirmed_at is not None

    def test_is_hidden_again_and_the_word_taken_back(self, person, hers):
        hers.post("/account/mature/", {"choice": "show", "adult": "on"})
        hers.post("/account/mature/", {"choice": "hide"})
        assert not sees_mature(person)
        hers.post("/account/mature/", {"choice": "show"})
        assert sees_mature(person)
        hers.post("/account/mature/", {"choice": "withdraw"})
        assert Profile.objects.get().adult_confirmed_at is None
        assert hers.post("/account/mature/", {"choice": "show"}).status_code == 422


class TestSessions:
    def test_are_shown_and_ended_one_by_one(self, person, sign_in):
        here, there = sign_in(person), sign_in(person)
        assert len(here.get("/accounts/sessions/").context["sessions"]) == 2
        other = UserSession.objects.exclude(session_key=here.session.session_key).get()
        assert here.post(f"/account/sessions/{other.pk}/end/").status_code == 302
        assert there.get("/account/").status_code == 302
        assert here.get("/account/").status_code == 200

    def test_of_others_are_not_there(self, person, moderator, sign_in):
        sign_in(moderator)
        theirs = UserSession.objects.get()
        assert sign_in(person).post(f"/account/sessions/{theirs.pk}/end/").status_code == 404

    def test_are_new_at_each_sign_in(self, person, sign_in):
        stranger = Client()
        stranger.get("/accounts/login/")
        stranger.session["kept"] = 1
        before = stranger.session.session_key
        stranger.post("/accounts/login/", {"login": "mira", "password": PASSWORD})
        assert stranger.session.session_key != before
        cookie = stranger.cookies["sessionid"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    def test_end_elsewhere_when_the_password_changes(self, person, sign_in):
        here, there = sign_in(person), sign_in(person)
        new = {"oldpassword": PASSWORD, "password1": "seven-blue-foxes", "password2": "seven-blue-foxes"}
        assert here.post("/accounts/password/change/", new).status_code == 302
        assert here.get("/account/").status_code == 200
        assert there.get("/account/").status_code == 302


class TestSecondStep:
    @pytest.fixture
    def secret(self, person) -> str:
        TOTP.activate(person, "ORSXG5A7ORSXG5A7ORSXG5A7ORSXG5A7")
        return "ORSXG5A7ORSXG5A7ORSXG5A7ORSXG5A7"

    def code(self, secret: str) -> str:
        return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    def test_a_password_alone_lets_nobody_in(self, person, secret, client):
        answer = client.post("/accounts/login/", {"login": "mira", "password": PASSWORD})
        assert answer.headers["location"].startswith("/accounts/2fa/authenticate/")
        assert client.get("/account/").status_code == 302
        assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 422
        assert client.post("/accounts/2fa/authenticate/", {"code": self.code(secret)}).status_code == 302
        assert client.get("/account/").status_code == 200

    def test_the_admin_has_no_other_door(self, operator, client):
        TOTP.activate(operator, "ORSXG5A7ORSXG5A7ORSXG5A7ORSXG5A7")
        assert client.get("/admin/login/").headers["location"].startswith("/accounts/login/")
        client.post("/admin/login/", {"username": "olga", "password": PASSWORD})
        assert client.get("/admin/").status_code == 302

    def test_an_app_is_added_and_gives_recovery_codes(self, person, confirmed):
        hers = confirmed(person)
        form = hers.get("/accounts/2fa/totp/activate/").context["form"]
        wrong = hers.post("/accounts/2fa/totp/activate/", {"code": "1"})
        assert wrong.status_code == 422
        answer = hers.post("/accounts/2fa/totp/activate/", {"code": self.code(form.secret)})
        assert answer.status_code == 302
        page = hers.get("/accounts/2fa/recovery-codes/").content.decode()
        codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
        assert len(codes) == 10
        assert codes[0] in page
        stranger = Client()
        stranger.post("/accounts/login/", {"login": "mira", "password": PASSWORD})
        assert stranger.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302

    def test_an_operator_helps_who_lost_it(self, person, secret, operator, client_of, sign_in):
        client_of(operator).post(f"/people/{person.pk}/second-factors/")
        assert sign_in(person).get("/account/").status_code == 200


class TestNotices:
    def test_stay_on_every_page_until_read(self, person, client_of):
        notices.tell(person, "A dancing fox was here.", url="/guide/")
        hers = client_of(person)
        for path in ("/guide/", "/account/"):
            assert "A dancing fox was here." in hers.get(path).content.decode()
        notice = Notice.objects.get()
        answer = hers.post(f"/account/notices/{notice.pk}/seen/", {"next": "/guide/"})
        assert answer.headers["location"] == "/guide/"
        assert "A dancing fox was here." not in hers.get("/guide/").content.decode()
        assert "A dancing fox was here." in hers.get("/account/").content.decode()

    def test_of_others_are_not_there(self, person, other, client_of):
        notice = notices.tell(other, "A dancing fox was here.")
        hers = client_of(person)
        assert hers.post(f"/account/notices/{notice.pk}/seen/").status_code == 404
        assert "A dancing fox" not in hers.get("/account/").content.decode()

    def test_lead_nowhere_else(self, person, client_of):
        notice = notices.tell(person, "A dancing fox was here.")
        answer = client_of(person).post(f"/account/notices/{notice.pk}/seen/", {"next": "https://example.org/"})
        assert answer.headers["location"] == "/"


class TestEmail:
    def test_is_not_spoken_of_where_none_is_sent(self, person, client_of, client):
        assert client_of(person).get("/accounts/email/").status_code == 404
        assert "Ask an operator" in client.get("/accounts/password/reset/").content.decode()

    def test_is_added_and_resets_a_password(self, person, confirmed, client, settings):
        settings.SENDS_EMAIL, settings.EMAIL_BACKEND = True, "django.core.mail.backends.locmem.EmailBackend"
        hers = confirmed(person)
        wrong = hers.post("/accounts/email/", {"action_add": "", "email": "nonsense"})
        assert wrong.status_code == 422
        assert 'value="nonsense"' in wrong.content.decode()
        assert hers.post("/accounts/email/", {"action_add": "", "email": "mira@example.org"}).status_code == 302
        assert hers.get("/accounts/email/").status_code == 200
        mail.outbox.clear()
        unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
        known = client.post("/accounts/password/reset/", {"email": "mira@example.org"})
        assert known.status_code == unknown.status_code == 302
        assert known.headers["location"] == unknown.headers["location"]
        assert "/accounts/password/reset/key/" in mail.outbox[-1].body
