"""A passkey in a real browser, with Chromium's virtual authenticator in the place of a fingerprint reader."""

from tests.people.conftest import PASSWORD


def test_a_person_makes_a_passkey_and_signs_in_with_it(open_page, person):
    page = open_page("/accounts/login/", user=None)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})

    page.get_by_label("Username").fill("mira")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Studio").wait_for()
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    assert page.get_by_label("Passwordless").is_checked()
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name="Recovery Codes").wait_for()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("link", name="Studio").wait_for()
    page.goto("/account/")
    page.get_by_role("heading", name="mira").wait_for()
    assert page.get_by_text("1 passkey", exact=True).is_visible()
    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Rename").wait_for()
    assert not page.get_by_text("not used yet").is_visible()
