"""/account: password, sessions, keys."""

import re

import pytest

from qlines.store import passwords, users
from tests.unit.web.conftest import PASSWORD, QUICK, csrf_token, sign_in

NEW = "battery staple"


def send(client, path, **form):
    token = csrf_token(client.get("/account"))
    return client.post(path, data={**form, "csrf_token": token}, follow_redirects=True)


def test_a_new_password_ends_every_other_session(world, alice):
    here, elsewhere = alice.browser(), alice.browser()

    page = send(here, "/account/password", old=PASSWORD, new=NEW, again=NEW)

    assert "The password was changed" in page.text
    assert here.get("/devices").status_code == 200
    assert elsewhere.get("/devices").status_code == 302
    assert sign_in(world.client(), "alice@example.com", PASSWORD).status_code == 403
    assert sign_in(world.client(), "alice@example.com", NEW).status_code == 302


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": "wrong", "new": NEW, "again": NEW}, "The old password is incorrect"),
        ({"old": PASSWORD, "new": NEW, "again": "other words"}, "The new passwords do not match"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "must have 8 to 256 characters"),
    ],
)
def test_it_says_why_a_password_was_not_changed(world, alice, form, sentence):
    page = send(alice.browser(), "/account/password", **form)

    assert sentence in page.text
    assert sign_in(world.client(), "alice@example.com", PASSWORD).status_code == 302


def test_a_password_that_was_reset_meanwhile_is_not_replaced(world, alice, monkeypatch):
    browser, verify = alice.browser(), passwords.verify

    def verify_slowly(password_hash, password):
        users.set_password(world.deps.db, alice.id, QUICK.hash("the admin's choice"))
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "verify", verify_slowly)

    send(browser, "/account/password", old=PASSWORD, new=NEW, again=NEW)

    stored = users.find(world.deps.db, alice.id)["password_hash"]
    assert QUICK.verify(stored, "the admin's choice")


def test_the_chosen_time_zone_is_in_every_page(alice):
    client = alice.browser()

    page = send(client, "/account/time-zone", zone="Asia/Kolkata")

    assert "Times are shown in Asia/Kolkata." in page.text
    assert '<meta name="qlines-time-zone" content="Asia/Kolkata">' in client.get("/devices").text


def test_an_empty_time_zone_is_that_of_the_browser(alice):
    client = alice.browser()
    send(client, "/account/time-zone", zone="Asia/Kolkata")

    page = send(client, "/account/time-zone", zone="")

    assert "the time zone of your browser" in page.text
    assert '<meta name="qlines-time-zone" content="">' in page.text


def test_it_refuses_what_cannot_be_a_time_zone(alice):
    page = send(alice.browser(), "/account/time-zone", zone="../../etc <x>")

    assert "must be a name such as Europe/Berlin, got" in page.text
    assert '<meta name="qlines-time-zone" content="">' in page.text


def test_a_key_is_shown_once_and_works(world, alice):
    client = alice.browser()

    page = send(client, "/account/keys", name="my script")

    key = re.search(r'value="(qlk_[^"]+)"', page.text)[1]
    headers = {"Authorization": f"Bearer {key}"}
    assert world.client().get("/api/data", headers=headers).status_code == 200
    assert key not in client.get("/account").text
    assert "my script" in client.get("/account").text


def test_a_removed_key_opens_nothing(world, alice):
    key = world.deps.db.api_keys.documents[0]["_id"]

    send(alice.browser(), f"/account/keys/{key}/remove")

    assert alice.get("/api/data").status_code == 401


@pytest.mark.parametrize("name", ["", "x" * 129, "a\tb"])
def test_a_bad_name_of_a_key_is_said_beside_it_and_stays_in_the_form(world, alice, name):
    page = send(alice.browser(), "/account/keys", name=name)

    assert page.status_code == 422
    assert "must have 1 to 128 printable characters" in page.text
    assert f'value="{name}" required autocomplete="off" aria-describedby="key-error"' in page.text
    assert len(world.deps.db.api_keys.documents) == 1


def test_who_has_no_key_is_told_what_one_is_for(world, alice):
    world.deps.db.api_keys.documents = []

    assert "No API keys. A program that reads" in alice.browser().get("/account").text


def test_a_session_can_be_ended_from_another_browser(world, alice):
    lost = alice.browser()
    session = world.deps.db.sessions.documents[0]["_id"]

    send(alice.browser(), f"/account/sessions/{session}/end")

    assert lost.get("/devices").status_code == 302


def test_it_asks_before_another_session_is_ended(world, alice):
    here = alice.browser()
    alice.browser()
    mine, other = (one["_id"] for one in world.deps.db.sessions.documents)

    page = here.get("/account").text

    form = '<form method="post" action="/account/sessions/{}/end"{}'
    assert form.format(other, " inert data-confirm=") in page
    assert form.format(mine, ">") in page
