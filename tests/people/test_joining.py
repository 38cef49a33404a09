"""Who becomes a person here, in each of the ways that a site may choose."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from people import joining
from people.models import Invitation, JoinRequest, Role
from people.standing import is_moderator

FORM = {"username": "vera", "password1": "seven-blue-foxes", "password2": "seven-blue-foxes"}


def link_in(page: str) -> str:
    (link,) = re.findall(r'data-copy="http://testserver([^"]+)"', page)
    return str(link).replace("&amp;", "&")


def join(link: str | None = None, **changes: str) -> tuple[Client, int]:
    """A stranger who comes by this link, or by none, and fills the form; the status of the answer."""
    stranger = Client()
    if link:
        assert stranger.get(link).headers["location"] == "/accounts/signup/"
    return stranger, stranger.post("/accounts/signup/", FORM | changes).status_code


def names() -> set[str]:
    return set(User.objects.values_list("username", flat=True))


class TestByInvitation:
    @pytest.fixture
    def link(self, moderator, sign_in) -> str:
        page = sign_in(moderator).post("/people/invitations/", {"role": "member", "uses": "1", "days": "7"})
        return link_in(page.content.decode())

    def test_nobody_joins_without_one(self, db):
        assert join()[1] == 200
        assert names() == set()
        assert "/accounts/signup/" not in Client().get("/accounts/login/").content.decode()

    def test_a_link_lets_one_person_in_once(self, link):
        newcomer, status = join(link)
        assert status == 302
        assert newcomer.get("/account/").status_code == 200
        assert Client().get(link).status_code == 404
        assert names() == {"nadia", "vera"}

    def test_of_two_with_one_use_the_second_is_refused(self, link):
        late = Client()
        late.get(link)
        join(link)
        assert late.post("/accounts/signup/", FORM | {"username": "anton"}).status_code == 200
        assert names() == {"nadia", "vera"}

    def test_the_last_use_is_given_away_once(self, link, rf):
        """Even where both were let as far as the form's end."""
        invitation = Invitation.objects.get()
        request = rf.get("/")
        request.session = {joining.INVITATION_KEY: invitation.pk}
        Invitation.objects.update(uses_left=0)
        with pytest.raises(joining.NotInvited):
            joining.redeem(request, User.objects.create_user("vera"))

    def test_the_token_is_not_kept(self, link):
        token = link.partition("token=")[2]
        assert len(token) > 30
        assert token not in str(Invitation.objects.values().get())

    def test_an_expired_link_works_no_more(self, link):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert Client().get(link).status_code == 404

    def test_a_revoked_link_works_no_more(self, link, moderator, sign_in):
        sign_in(moderator).post(f"/people/invitations/{Invitation.objects.get().pk}/revoke/")
        assert Client().get(link).status_code == 404

    @pytest.mark.parametrize("token", ["", "nonsense", "\0", "ы" * 300])
    def test_a_wrong_token_is_404(self, db, token):
        assert Client().get("/join/", {"token": token}).status_code == 404

    def test_a_link_may_make_a_moderator(self, operator, sign_in):
        page = sign_in(operator).post("/people/invitations/", {"role": "moderator", "uses": "1", "days": "7"})
        join(link_in(page.content.decode()))
        assert is_moderator(User.objects.get(username="vera"))

    def test_moderators_invite_members_alone(self, moderator, sign_in):
        answer = sign_in(moderator).post("/people/invitations/", {"role": "moderator", "uses": "1", "days": "7"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["role"]
        assert not Invitation.objects.exists()

    @pytest.mark.parametrize(("field", "value"), [("uses", "0"), ("uses", "many"), ("days", "91"), ("days", "9" * 400)])
    def test_a_wrong_number_is_told_at_its_field(self, moderator, sign_in, field, value):
        answer = sign_in(moderator).post(
            "/people/invitations/", {"role": "member", "uses": "3", "days": "7", field: value}
        )
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert f'value="{value}"' in answer.content.decode()


class TestByRequest:
    @pytest.fixture(autouse=True)
    def _by_request(self, settings, db):
        settings.JOINING = "request"

    def test_who_asks_waits_and_is_let_in(self, moderator, sign_in):
        assert join(words="I paint teapots.")[1] == 302
        vera = User.objects.get(username="vera")
        assert not vera.is_active
        refused = Client().post("/accounts/login/", {"login": "vera", "password": "seven-blue-foxes"})
        assert refused.headers["location"] == "/accounts/inactive/"

        page = sign_in(moderator)
        assert "I paint teapots." in page.get("/people/").content.decode()
        page.post(f"/people/requests/{vera.pk}/", {"decision": "approve"})
        newcomer = sign_in(vera, "seven-blue-foxes")
        assert "Your request to join was approved." in newcomer.get("/account/").content.decode()

    def test_who_is_declined_is_gone(self, moderator, sign_in):
        join(words="Hello.")
        asked = JoinRequest.objects.get()
        assert sign_in(moderator).post(f"/people/requests/{asked.pk}/", {"decision": "decline"}).status_code == 302
        assert names() == {"nadia"}

    def test_what_is_no_decision_decides_nothing(self, moderator, sign_in):
        join(words="Hello.")
        asked = JoinRequest.objects.get()
        assert sign_in(moderator).post(f"/people/requests/{asked.pk}/", {"decision": "perhaps"}).status_code == 400
        assert JoinRequest.objects.get() == asked

    def test_a_decision_holds_once(self, moderator):
        join(words="Hello.")
        asked = JoinRequest.objects.select_related("user").get()
        assert joining.approve(moderator, asked)
        assert not joining.approve(moderator, asked)
        assert not joining.decline(moderator, asked)
        assert names() == {"nadia", "vera"}

    def test_a_few_words_are_asked_for(self):
        answer = Client().post("/accounts/signup/", FORM)
        assert answer.status_code == 422
        assert answer.context["form"].errors["words"]
        assert 'value="vera"' in answer.content.decode()

    def test_an_invitation_lets_in_at_once(self, moderator):
        _invitation, token = joining.invite(moderator, Role.MEMBER, uses=1, days=1)
        assert join(f"/join/?token={token}")[1] == 302
        assert User.objects.get(username="vera").is_active

    def test_operators_decide_in_the_admin_too(self, operator, sign_in):
        join(words="Hello.")
        chosen = {"action": "approve", "_selected_action": [JoinRequest.objects.get().pk]}
        assert sign_in(operator).post("/admin/people/joinrequest/", chosen).status_code == 302
        assert User.objects.get(username="vera").is_active


def test_an_open_site_lets_in_whoever_comes(settings, db):
    settings.JOINING = "open"
    newcomer, status = join()
    assert status == 302
    assert newcomer.get("/account/").status_code == 200


def test_a_closed_site_lets_nobody_in(settings, moderator):
    _invitation, token = joining.invite(moderator, Role.MEMBER, uses=1, days=1)
    settings.JOINING = "closed"
    assert join(f"/join/?token={token}")[1] == 200
    assert names() == {"nadia"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "nadia"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"password2": "seven-red-foxes"}, "password2"),
        ({"password1": "1234", "password2": "1234"}, "password1"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(settings, moderator, changes, field):
    settings.JOINING = "open"
    answer = Client().post("/accounts/signup/", FORM | changes)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert names() == {"nadia"}


def test_names_are_not_tried_without_end(settings, moderator):
    """A name that is taken has to be told; who asks for many is sent away."""
    settings.JOINING, settings.ACCOUNT_RATE_LIMITS = "open", {"signup": "3/m/ip"}
    taken = FORM | {"username": "nadia"}
    stranger = Client(REMOTE_ADDR="203.0.113.7")
    answers = [stranger.post("/accounts/signup/", taken).status_code for _attempt in range(5)]
    assert answers == [422, 422, 422, 429, 429]


def test_the_door_does_not_tell_who_is_here(moderator):
    def said(name: str) -> tuple[int, list[str]]:
        answer = Client().post("/accounts/login/", {"login": name, "password": "wrong"})
        return answer.status_code, answer.context["form"].non_field_errors()

    assert said("nadia") == said("nobody")
    assert said("nadia")[0] == 422
