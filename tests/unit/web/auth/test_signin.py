"""Signing in and out, and what a session's cookie is like."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from qlines.store import passwords, sessions, users
from qlines.web.auth.hashing import ROOM_OF_ADDRESS
from qlines.web.auth.identity import SESSION_COOKIE
from qlines.web.auth.signin import safe_next
from qlines.web.factory import create_app
from tests.unit.web.conftest import PASSWORD, QUICK, csrf_token, sign_in


def test_the_right_password_signs_in_with_the_address_in_any_case(world, alice):
    client = world.client()

    answer = sign_in(client, "Alice@Example.com ", PASSWORD)

    assert answer.headers["Location"] == "/devices"
    assert client.get("/devices").status_code == 200


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_it_says_the_same_for_a_wrong_password_and_an_unknown_address(world, alice, email):
    answer = sign_in(world.client(), email, "wrong password")

    assert answer.status_code == 403
    assert "Incorrect e-mail address or password." in answer.text


@pytest.fixture
def hashed(monkeypatch):
    """Return a list that gets the password of each hashing."""
    passwords_hashed = []

    class Counting:
        check_needs_rehash = QUICK.check_needs_rehash

        def verify(self, password_hash, password):
            passwords_hashed.append(password)
            return QUICK.verify(password_hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    return passwords_hashed


@pytest.mark.parametrize(
    "password", [PASSWORD, "wrong", "", "x" * 256, "x" * 257, "x" * 100_000, PASSWORD + "x" * 300],
    ids=["right", "wrong", "empty", "256", "257", "100,000", "a long one that begins right"],
)  # fmt: skip
@pytest.mark.parametrize("account", ["alice", "disabled", "nobody"])
def test_every_sign_in_computes_one_hash_of_no_more_than_256_characters(
    world, alice, hashed, account, password
):
    if account == "disabled":
        users.set_disabled(world.deps.db, alice.id, disabled=True)
    email = "alice@example.com" if account != "nobody" else "nobody@example.com"

    answer = sign_in(world.client(), email, password)

    assert hashed == [password[:256]]
    is_right = (account, password) == ("alice", PASSWORD)
    assert answer.status_code == (302 if is_right else 403)


def test_a_password_that_is_too_long_is_not_cut_to_a_right_one(world, alice):
    right = "x" * 256
    users.set_password(world.deps.db, alice.id, QUICK.hash(right))

    assert sign_in(world.client(), "alice@example.com", right + "x").status_code == 403
    assert sign_in(world.client(), "alice@example.com", right).status_code == 302


def test_it_refuses_a_form_without_its_token(world, alice):
    answer = world.client().post(
        "/login", data={"email": "alice@example.com", "password": PASSWORD}
    )

    assert answer.status_code == 403
    assert world.deps.db.sessions.documents == []


def test_it_refuses_a_token_that_was_given_to_another_browser(world, alice):
    stolen = csrf_token(world.client().get("/login"))
    client = world.client()
    client.get("/login")
    form = {"email": "alice@example.com", "password": PASSWORD, "csrf_token": stolen}

    assert client.post("/login", data=form).status_code == 403


def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(world, alice):
    answer = sign_in(world.client(), "alice@example.com", PASSWORD)

    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if SESSION_COOKIE in one)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_where_browsers_use_tls(world, alice):
    world.app = create_app(replace(world.deps, public_url="https://devices.example.com"))
    client = world.client()
    page = client.get("/login", base_url="https://localhost")
    form = {"email": "alice@example.com", "password": PASSWORD, "csrf_token": csrf_token(page)}
    headers = {"Referer": "https://localhost/"}  # as Referrer-Policy lets browsers say it

    answer = client.post("/login", data=form, base_url="https://localhost", headers=headers)

    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if SESSION_COOKIE in one)
    assert "Secure" in cookie


def test_the_database_contains_no_secret_that_could_sign_in(world, alice):
    client = alice.browser()

    secret = client.get_cookie(SESSION_COOKIE).value
    assert secret not in str(world.deps.db.sessions.documents)
    assert world.deps.db.sessions.documents[0]["_id"] == sessions.session_id(secret)


def test_signing_out_ends_the_session_in_the_database(world, alice):
    client = alice.browser()

    client.post("/logout", data={"csrf_token": csrf_token(client.get("/account"))})

    assert world.deps.db.sessions.documents == []
    assert client.get("/devices").status_code == 302


def test_a_session_ends_after_thirty_days_without_use(world, alice):
    client = alice.browser()

    world.deps.clock.advance(31 * 86_400)

    assert client.get("/devices").status_code == 302


def test_a_session_in_use_does_not_end(world, alice):
    client = alice.browser()

    for _ in range(3):
        world.deps.clock.advance(20 * 86_400)
        assert client.get("/devices").status_code == 200


def test_it_redirects_to_the_page_that_was_requested(world, alice):
    client = world.client()
    wanted = client.get(f"/devices/{alice.device_id}?range=7d").headers["Location"]

    page = client.get(wanted)

    assert f'name="next" value="/devices/{alice.device_id}?range=7d"' in page.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "",
    ],
)
def test_it_redirects_to_no_other_site(target):
    assert safe_next(target) == "/devices"


def test_ten_wrong_passwords_are_followed_by_a_pause(world, alice):
    client = world.client()
    for _ in range(10):
        sign_in(client, "alice@example.com", "wrong")

    answer = sign_in(client, "alice@example.com", PASSWORD)

    assert answer.status_code == 429
    assert "Try again in 10 minutes" in answer.text


def test_another_ipv6_address_of_the_same_site_does_not_end_the_pause(world, alice):
    for number in range(10):
        client = world.client()
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number}"
        sign_in(client, "alice@example.com", "wrong")
    client.environ_base["REMOTE_ADDR"] = "2001:db8:1:2:3::4"

    assert sign_in(client, "alice@example.com", PASSWORD).status_code == 429

    client.environ_base["REMOTE_ADDR"] = "2001:db8:9:9::1"
    assert sign_in(client, "alice@example.com", PASSWORD).status_code == 302


def test_wrong_passwords_for_alice_do_not_affect_bob(world, alice, bob):
    client = world.client()
    for _ in range(10):
        sign_in(client, "alice@example.com", "wrong")

    assert sign_in(client, "bob@example.com", PASSWORD).status_code == 302


def test_the_right_password_resets_the_count(world, alice):
    for _ in range(2):
        client = world.client()
        for _ in range(9):
            sign_in(client, "alice@example.com", "wrong")

        assert sign_in(client, "alice@example.com", PASSWORD).status_code == 302


def test_users_can_sign_in_while_redis_is_away(world, alice):
    world.deps.redis.is_away = True

    assert sign_in(world.client(), "alice@example.com", PASSWORD).status_code == 302


def test_who_finds_the_queue_full_is_told_when_to_try_again(world, alice):
    turns = world.deps.hash_turns._by_address
    client = world.client()
    with ExitStack() as waiting:
        for _ in range(ROOM_OF_ADDRESS.running + ROOM_OF_ADDRESS.waiting):
            waiting.callback(turns._leave, "127.0.0.1", turns._enter("127.0.0.1"))

        answer = sign_in(client, "alice@example.com", PASSWORD)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Too many people are signing in" in answer.text
    assert sign_in(client, "alice@example.com", PASSWORD).status_code == 302


@pytest.fixture
def reset_meanwhile(world, alice, monkeypatch):
    """Let somebody reset Alice's password while the old one is verified."""
    verify = passwords.verify

    def verify_slowly(password_hash, password):
        is_right = verify(password_hash, password)
        users.set_password(world.deps.db, alice.id, QUICK.hash("a new password"))
        return is_right

    monkeypatch.setattr(passwords, "verify", verify_slowly)


@pytest.mark.usefixtures("reset_meanwhile")
def test_a_password_that_is_replaced_while_it_is_verified_opens_nothing(world, alice):
    answer = sign_in(world.client(), "alice@example.com", PASSWORD)

    assert answer.status_code == 403
    assert sessions.of_user(world.deps.db, alice.id) == []


@pytest.mark.usefixtures("reset_meanwhile")
def test_a_password_that_is_replaced_meanwhile_is_not_put_back(world, alice, monkeypatch):
    monkeypatch.setattr(passwords, "is_outdated", lambda _hash: True)

    sign_in(world.client(), "alice@example.com", PASSWORD)

    stored = users.find(world.deps.db, alice.id)["password_hash"]
    assert QUICK.verify(stored, "a new password")
