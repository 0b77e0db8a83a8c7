"""The story of a colleague: invited by a link that works once, there, and locked out again."""

import secrets
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.pages import DESKTOP_FIRST

PASSWORD = "a long password"


def invite(page, email):
    """Invite somebody and return the path of the link that the page shows."""
    page.fill("#email", email)
    page.get_by_role("button", name="Invite", exact=True).click()
    link = urlsplit(page.get_by_label(f"Link for {email}").input_value())
    return f"{link.path}#{link.fragment}"


def choose_password(page):
    page.fill("#new", PASSWORD)
    page.fill("#again", PASSWORD)
    page.get_by_role("button", name="Continue").click()


@DESKTOP_FIRST
def test_an_invited_person_chooses_a_password_and_is_there(open_page, admin, alice):
    email = f"dora-{secrets.token_hex(4)}@example.com"
    people = open_page(admin, "/people")
    path = invite(people, email)

    page = open_page(alice, path, sign_in=False)
    assert "#" not in page.url
    choose_password(page)
    page.wait_for_url("**/devices")

    visit(people, "/people")
    expect(people.locator(".qlines-person", has_text=email)).to_contain_text("0 devices, here")
    changes = open_page(admin, "/changes")
    expect(changes.locator("tbody")).to_contain_text(f"accepted the invitation by {admin.email}")


def test_a_disabled_person_is_signed_out_after_the_admin_has_confirmed(open_page, admin, alice):
    email = f"dan-{secrets.token_hex(4)}@example.com"
    people = open_page(admin, "/people")
    page = open_page(alice, invite(people, email), sign_in=False)
    choose_password(page)
    page.wait_for_url("**/devices")
    visit(people, "/people")

    people.get_by_role("button", name=f"Disable {email}").click()
    people.get_by_role("button", name="Cancel").click()
    people.get_by_role("button", name=f"Disable {email}").click()
    expect(people.locator("#confirm-title")).to_have_text(f"Disable {email}?")
    people.get_by_role("button", name="Disable", exact=True).click()

    expect(people.locator(".alert-success")).to_contain_text("cannot sign in")
    visit(page, "/account")
    page.wait_for_url("**/login?next=/account")
