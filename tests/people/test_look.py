"""The pages of people in a browser: nothing is complained of, and nothing scrolls sideways, also on a phone."""

import pytest
from django.contrib.auth.models import User

from moderation import audit
from moderation.models import Refusal
from people.models import JoinRequest, Profile, Role
from tests.people.conftest import PASSWORD

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
LONG_NAME = "w" * 150


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_fits(open_page, person, other, settings, django_user_model, language):
    settings.MATURE, settings.SENDS_EMAIL = True, True
    Profile.objects.create(user=person, role=Role.MODERATOR)
    asking = django_user_model.objects.create_user(LONG_NAME, is_active=False)
    JoinRequest.objects.create(user=asking, words="teapots " * 60)
    page = open_page("/accounts/reauthenticate/?next=/account/", viewport=PHONE, locale=language)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".settings").first.wait_for()
    own = ("/account/", "/account/delete/", "/accounts/sessions/", "/accounts/email/", "/accounts/2fa/totp/activate/")
    for path in (*own, "/accounts/2fa/", "/people/", "/people/invitations/", f"/people/{other.pk}/"):
        page.goto(path)
        for size in (PHONE, WIDE):
            page.set_viewport_size(size)
            sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert sideways == 0, path


def test_what_waits_for_moderators_and_the_log_fit(open_page, person, other):
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    for number in range(3):
        texts = {"prompt": f"{number} angry teapots " + "w" * 300}
        Refusal.objects.create(
            person=other, where="submit", rule="blocked", texts=texts, words={"prompt": ["teapots"]}, for_review=True
        )
    audit.record("warned", by=person, person=other, thing="output " + "7" * 100, reason="No kettles, please.")
    page = open_page("/moderation/", viewport=PHONE)
    for path in ("/moderation/", "/moderation/audit/", "/moderation/audit/?since=yesterday"):
        page.goto(path)
        if path == "/moderation/":
            page.locator(".case summary").click()
        for size in (PHONE, WIDE):
            page.set_viewport_size(size)
            sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert sideways == 0, path
