"""/people and /welcome: an admin lets people in, and out; a link works once, for 72 hours."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from qlines.clock import utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.store import password_links, users
from qlines.store.hidden_owner import HIDDEN_OWNER
from tests.unit.web.conftest import PASSWORD, csrf_token, sign_in

NEW = "battery staple"
DORA = "dora@example.com"
LAN = "http://192.168.1.5:5000"


def send(client, path, page="/people", **form):
    token = csrf_token(client.get(page))
    return client.post(path, data={**form, "csrf_token": token}, follow_redirects=True)


def secret_in(text):
    return re.search(r'value="http://localhost:5000/welcome#([^"]+)"', text)[1]


@pytest.fixture
def admin(carol):
    return carol.browser()


@pytest.fixture
def invitation(admin):
    return secret_in(send(admin, "/people/invite", email=" Dora@Example.com", role="owner").text)


def choose(client, secret, new=NEW, again=NEW):
    token = csrf_token(client.get("/welcome"))
    form = {"secret": secret, "new": new, "again": again, "csrf_token": token}
    return client.post("/welcome", data=form)


def test_who_opens_the_link_chooses_a_password_and_is_signed_in(world, invitation):
    client = world.client()

    answer = choose(client, invitation)

    assert answer.headers["Location"] == "/devices"
    assert client.get("/devices").status_code == 200
    assert sign_in(world.client(), DORA, NEW).status_code == 302
    assert users.find_by_email(world.deps.db, DORA)["admin"] is False


def test_the_link_is_shown_once_and_the_database_does_not_have_it(world, admin, invitation):
    page = admin.get("/people").text

    assert DORA in page
    assert invitation not in page
    assert invitation not in str(world.deps.db.password_links.documents)


def test_an_invited_admin_is_one(world, admin):
    secret = secret_in(send(admin, "/people/invite", email=DORA, role="admin").text)
    client = world.client()

    choose(client, secret)

    assert client.get("/people").status_code == 200


def no_longer(answer):
    return answer.status_code == 410 and "no longer works" in answer.text


def test_a_link_works_once(world, invitation):
    choose(world.client(), invitation)

    assert no_longer(choose(world.client(), invitation, "other words", "other words"))
    assert sign_in(world.client(), DORA, NEW).status_code == 302


def test_a_link_of_72_hours_ago_works_no_longer(world, invitation):
    world.deps.clock.advance(timedelta(hours=72).total_seconds())

    assert no_longer(choose(world.client(), invitation))


def test_a_link_that_was_withdrawn_or_replaced_works_no_longer(world, admin, invitation):
    other = secret_in(send(admin, "/people/invite", email=DORA, role="owner").text)
    assert no_longer(choose(world.client(), invitation))

    send(admin, "/people/withdraw", email=DORA)

    assert no_longer(choose(world.client(), other))


@pytest.mark.parametrize("secret", ["", "guessed"])
def test_a_secret_that_nobody_made_opens_nothing(world, carol, secret):
    assert no_longer(choose(world.client(), secret))


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [
        (NEW, "other words", "The passwords do not match."),
        ("short", "short", "must have 8 to 256 characters"),
    ],
)
def test_a_bad_password_is_said_and_the_link_still_works(world, invitation, new, again, sentence):
    answer = choose(world.client(), invitation, new, again)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{invitation}"' in answer.text
    assert choose(world.client(), invitation).status_code == 302


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("no address", "must be"), ("alice@example.com", "can sign in already")],
)
def test_a_bad_address_is_said_and_stays_in_the_form(world, alice, admin, email, sentence):
    page = send(admin, "/people/invite", email=email, role="admin").text

    assert sentence in page
    assert f'value="{email}"' in page
    assert "selected" in page
    assert world.deps.db.password_links.documents == []


@pytest.fixture
def mails(world, monkeypatch):
    sent = []
    monkeypatch.setattr(
        "qlines.web.pages.people.enqueue_notification", lambda _redis, *mail: sent.append(mail)
    )
    world.app.extensions["qlines"] = replace(world.deps, has_mail=True)
    return sent


def test_with_a_mail_server_the_link_is_mailed_and_not_shown(world, carol, mails):
    page = send(carol.browser(), "/people/invite", email=DORA, role="owner").text

    ((subject, text, recipient),) = mails
    assert (subject, recipient) == ("You are invited", DORA)
    secret = text.split("/welcome#")[1].split()[0]
    assert "A mail with the link is on its way" in page
    assert secret not in page
    assert choose(world.client(), secret).status_code == 302


def invite_at(client, origin):
    token = csrf_token(client.get("/people", base_url=origin))
    form = {"email": DORA, "role": "owner", "csrf_token": token}
    return client.post("/people/invite", data=form, base_url=origin, follow_redirects=True)


def admin_at(world, carol, origin):
    client = world.client()
    token = csrf_token(client.get("/login", base_url=origin))
    form = {"email": carol.user["email"], "password": PASSWORD, "csrf_token": token}
    client.post("/login", data=form, base_url=origin)
    return client


def test_without_a_public_address_the_shown_link_begins_where_the_admin_is(world, carol):
    page = invite_at(admin_at(world, carol, LAN), LAN).text

    assert f'value="{LAN}/welcome#' in page
    assert "QLINES_PUBLIC_URL is http://localhost:5000, which opens only on this server" in page


def test_a_mailed_link_never_begins_with_the_address_of_the_request(world, carol, mails):
    page = invite_at(admin_at(world, carol, "http://evil.example"), "http://evil.example").text

    assert "http://localhost:5000/welcome#" in mails[0][1]
    assert "evil.example" not in str(mails)
    assert "set QLINES_PUBLIC_URL to the address" in page


def test_while_the_mail_cannot_be_sent_the_link_is_shown(world, carol, mails, monkeypatch):
    def away(*_):
        raise StoreUnavailableError("redis", ConnectionError("refused"))

    monkeypatch.setattr("qlines.web.pages.people.enqueue_notification", away)

    page = send(carol.browser(), "/people/invite", email=DORA, role="owner").text

    assert "It was not mailed: redis does not answer" in page
    assert choose(world.client(), secret_in(page)).status_code == 302


def test_a_new_password_by_a_link_ends_every_session_and_the_old_one(world, alice, admin):
    browser = alice.browser()
    secret = secret_in(send(admin, f"/people/{alice.id}/reset").text)
    assert browser.get("/devices").status_code == 200

    choose(world.client(), secret)

    assert browser.get("/devices").status_code == 302
    assert sign_in(world.client(), "alice@example.com", PASSWORD).status_code == 403
    assert sign_in(world.client(), "alice@example.com", NEW).status_code == 302


def test_a_disabled_person_is_out_at_once_and_in_again_when_enabled(world, alice, admin):
    browser = alice.browser()

    send(admin, f"/people/{alice.id}/access", access="off")

    assert browser.get("/devices").status_code == 302
    assert alice.get("/api/data").status_code == 401
    refused = sign_in(world.client(), "alice@example.com", PASSWORD)
    assert (refused.status_code, "Incorrect e-mail" in refused.text) == (403, True)
    send(admin, f"/people/{alice.id}/access", access="on")
    assert alice.get("/api/data").status_code == 200
    assert sign_in(world.client(), "alice@example.com", PASSWORD).status_code == 302


def test_a_link_of_before_opens_nothing_for_a_disabled_person(world, alice, admin):
    secret = secret_in(send(admin, f"/people/{alice.id}/reset").text)
    send(admin, f"/people/{alice.id}/access", access="off")

    assert choose(world.client(), secret).status_code == 409


def test_a_role_counts_at_once(alice, admin):
    send(admin, f"/people/{alice.id}/role", role="admin")
    assert alice.get("/api/unregistered").status_code == 200

    send(admin, f"/people/{alice.id}/role", role="owner")
    assert alice.get("/api/unregistered").status_code == 403


@pytest.mark.parametrize("form", [("role", "owner"), ("access", "off")])
def test_nobody_can_lock_themselves_out(carol, admin, form):
    what, value = form

    answer = send(admin, f"/people/{carol.id}/{what}", **{what: value})

    assert answer.status_code == 409
    assert "ask another admin" in answer.text
    assert carol.get("/api/unregistered").status_code == 200


def test_the_canary_is_nobody(world, admin):
    answer = send(admin, f"/people/{HIDDEN_OWNER}/role", role="admin")

    assert answer.status_code == 404


def test_the_page_says_who_was_here_and_what_they_have(alice, admin):
    page = admin.get("/people").text

    assert "1 device, not signed in" in page
    alice.browser()
    assert "1 device, here <time" in admin.get("/people").text


def test_the_list_of_invitations_says_when_it_is_empty(admin):
    page = admin.get("/people").text

    assert "Nobody. People whom you invite are listed here" in page


def asks(page, action):
    """Return whether the form with this action asks before it is sent."""
    return "data-confirm=" in re.search(rf'<form method="post" action="{action}"[^>]*>', page)[0]


def test_it_asks_before_a_link_is_withdrawn_or_replaced(alice, admin):
    reset = f"/people/{alice.id}/reset"
    assert not asks(admin.get("/people").text, reset)

    page = send(admin, reset).text

    assert asks(page, reset)
    assert asks(page, "/people/withdraw")


def test_it_asks_before_an_invitation_is_withdrawn(admin, invitation):
    assert asks(admin.get("/people").text, "/people/withdraw")


def test_links_that_are_too_old_are_not_listed(world, admin, invitation):
    world.deps.clock.advance(timedelta(hours=72).total_seconds())

    assert password_links.list_all(world.deps.db, now=utc_datetime(world.deps.clock.now_us())) == []


def test_after_an_outage_before_the_password_is_stored_the_link_still_works(
    world, alice, admin, monkeypatch
):
    def away(*_):
        raise StoreUnavailableError("mongodb", ConnectionError("refused"))

    secret = secret_in(send(admin, f"/people/{alice.id}/reset").text)
    with monkeypatch.context() as outage:
        outage.setattr(users, "set_password_by_link", away)
        assert choose(world.client(), secret).status_code == 503

    assert choose(world.client(), secret).status_code == 302
    assert sign_in(world.client(), "alice@example.com", NEW).status_code == 302


@pytest.mark.parametrize("who", ["dora", "alice"])
def test_after_an_outage_once_the_password_is_stored_the_link_is_refused(
    world, alice, admin, invitation, monkeypatch, who
):
    def away(*_):
        raise StoreUnavailableError("mongodb", ConnectionError("refused"))

    reset = secret_in(send(admin, f"/people/{alice.id}/reset").text)
    secret = {"dora": invitation, "alice": reset}[who]
    with monkeypatch.context() as outage:
        outage.setattr(password_links, "remove", away)
        assert choose(world.client(), secret).status_code == 503

    again = choose(world.client(), secret, "another one", "another one")

    assert again.status_code == 410
    assert "Sign in if you have chosen a password" in again.text
    assert sign_in(world.client(), f"{who}@example.com", NEW).status_code == 302


def test_a_link_that_is_withdrawn_while_the_password_is_hashed_sets_none(
    world, admin, invitation, monkeypatch
):
    def withdrawn_meanwhile(*_):
        send(admin, "/people/withdraw", email=DORA)
        return "hash"

    monkeypatch.setattr("qlines.web.pages.welcome.in_turn", withdrawn_meanwhile)

    assert choose(world.client(), invitation).status_code == 410
    assert sign_in(world.client(), DORA, NEW).status_code == 403
