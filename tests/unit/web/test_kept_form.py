"""What was typed into a page's form is not lost when the form cannot be sent."""

import re
from pathlib import Path

import pytest

from qlines.errors import StoreUnavailableError
from qlines.store import api_keys, password_links, sessions, users
from qlines.web.kept_form import FIELDS, kept_fields
from tests.unit.web.conftest import PASSWORD, csrf_token

TEMPLATES = Path(__file__).parents[3] / "app/qlines/web/templates"
FORM = re.compile(r'<form [^>]*method="post".*?</form>', re.DOTALL)
# The first is made for each page, the second is for the browser's password manager.
NOT_KEPT = {"csrf_token", "username"}


def away(*_args, **_options):
    raise StoreUnavailableError("mongodb", ConnectionError("refused"))


def test_every_field_of_every_form_is_kept():
    forms = [
        form
        for file in TEMPLATES.glob("*.html")
        if file.name != "kept_form.html"
        for form in FORM.findall(file.read_text())
    ]
    names = {name for form in forms for name in re.findall(r'\bname="(\w+)"', form)}

    assert len(forms) > 10
    assert names - NOT_KEPT == {field[0] for field in FIELDS}


def test_no_password_is_kept():
    form = {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD, "password": PASSWORD}

    kept = kept_fields(form)

    assert {field.name for field in kept} == set(form)
    assert PASSWORD not in str(kept)


def shown(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


@pytest.mark.parametrize(
    ("module", "function", "path", "form"),
    [
        (api_keys, "add", "/account/keys", {"name": 'my "script"'}),
        (users, "find_by_email", "/people/invite", {"email": "dora@example.com", "role": "admin"}),
        (password_links, "withdraw", "/people/withdraw", {"email": "dora@example.com"}),
    ],
)
def test_while_a_store_is_away_the_form_is_shown_again(
    carol, monkeypatch, module, function, path, form
):
    browser = carol.browser()
    token = csrf_token(browser.get("/account"))
    monkeypatch.setattr(module, function, away)

    page = browser.post(path, data={**form, "csrf_token": token})

    assert page.status_code == 503
    assert "mongodb does not answer" in page.text
    assert f'action="{path}"' in page.text
    for name, value in form.items():
        assert shown(page, name).replace("&#34;", '"') == value


def test_the_form_that_is_shown_can_be_sent(world, carol, monkeypatch):
    browser = carol.browser()
    form = {"name": "script", "csrf_token": "of yesterday"}

    expired = browser.post("/account/keys", data=form)

    assert expired.status_code == 403
    assert "Your form has expired. Send it again." in expired.text
    again = {"name": shown(expired, "name"), "csrf_token": csrf_token(expired)}
    assert browser.post("/account/keys", data=again).status_code == 200
    assert world.deps.db.api_keys.documents[-1]["name"] == "script"


def test_a_sign_in_that_failed_keeps_the_address_and_not_the_password(world, alice, monkeypatch):
    client = world.client()
    token = csrf_token(client.get("/login"))
    form = {"email": "alice@example.com", "password": PASSWORD, "next": "/account"}
    monkeypatch.setattr(users, "find_by_email", away)

    page = client.post("/login", data={**form, "csrf_token": token})

    assert (shown(page, "email"), shown(page, "next")) == ("alice@example.com", "/account")
    assert 'type="password"' in page.text
    assert "Passwords are not kept: type them again." in page.text
    assert PASSWORD not in page.text


def test_the_secret_of_a_link_is_kept(world, monkeypatch):
    client = world.client()
    token = csrf_token(client.get("/welcome"))
    monkeypatch.setattr(password_links, "find", away)

    page = client.post("/welcome", data={"secret": "s3", "new": PASSWORD, "csrf_token": token})

    assert shown(page, "secret") == "s3"
    assert PASSWORD not in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        # Without TLS a browser sends the second one only.
        {"Origin": "http://localhost:8080"},
        {"Origin": "null"},
        {"Origin": ""},
    ],
    ids=str,
)
def test_what_another_site_has_filled_in_does_not_become_our_form(carol, headers):
    browser = carol.browser()
    form = {"email": "eve@example.com", "role": "admin", "csrf_token": "guessed"}

    page = browser.post("/people/invite", data=form, headers=headers)

    assert page.status_code == 403
    assert "eve@example.com" not in page.text


def test_a_body_that_is_too_large_is_no_form(alice, monkeypatch):
    browser = alice.browser()
    monkeypatch.setattr(sessions, "find", away)

    page = browser.post("/account/keys", data={"name": "x" * 2**21})

    assert page.status_code == 503
    assert "Send again" not in page.text


def test_a_page_that_cannot_be_loaded_has_no_form(alice, monkeypatch):
    browser = alice.browser()
    monkeypatch.setattr(api_keys, "of_user", away)

    page = browser.get("/account")

    assert page.status_code == 503
    assert "Send again" not in page.text
