"""/api/push: a browser that shows messages is a channel for as long as its session."""

import base64
from datetime import timedelta

import pytest

from qlines.store import channels
from tests.unit.web.conftest import PASSWORD, csrf_token, sign_in

KEYS = {
    "p256dh": base64.urlsafe_b64encode(b"\4" + bytes(64)).decode().rstrip("="),
    "auth": base64.urlsafe_b64encode(bytes(16)).decode().rstrip("="),
}
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537"


def subscription(number=1):
    return {"endpoint": f"https://push.example.com/send/{number}", "keys": KEYS}


class Browser:
    """A browser in which somebody is signed in, as its service worker calls the API."""

    def __init__(self, person):
        self.client = person.browser()

    def subscribe(self, number=1):
        token = self.client.get("/api/csrf-token").json["token"]
        headers = {"X-CSRFToken": token, "User-Agent": PIXEL}
        body = {**subscription(number), "expirationTime": None}
        return self.client.post("/api/push/subscriptions", json=body, headers=headers)

    def form(self, path, **form):
        token = csrf_token(self.client.get("/account"))
        return self.client.post(path, data={**form, "csrf_token": token})


def browsers_of(person):
    return [one for one in person.get("/api/channels").json if one["type"] == "web_push"]


def test_the_key_is_a_point_of_the_curve_and_stays_the_same(alice, bob):
    key = alice.get("/api/push/key").json["key"]

    assert base64.urlsafe_b64decode(key + "==")[:1] == b"\4"
    assert len(base64.urlsafe_b64decode(key + "==")) == 65
    assert bob.get("/api/push/key").json["key"] == key


def test_a_browser_that_subscribes_is_a_channel_with_a_name(alice):
    browser = Browser(alice)

    answer = browser.subscribe()

    assert answer.status_code == 201, answer.text
    assert (answer.json["name"], answer.json["type"]) == ("Chrome on Android", "web_push")
    assert answer.json["this_browser"] is True
    assert "push.example.com" not in answer.text
    [seen_elsewhere] = browsers_of(alice)
    assert seen_elsewhere["this_browser"] is False


def test_without_the_token_of_the_session_it_is_refused(alice):
    client = alice.browser()

    assert client.post("/api/push/subscriptions", json=subscription()).status_code == 403


def test_another_address_of_the_same_browser_replaces_the_former_one(world, alice):
    browser = Browser(alice)
    first = browser.subscribe(1).json

    second = browser.subscribe(2).json

    assert second["id"] == first["id"]
    stored = channels.find(world.deps.db, alice.id, second["id"])
    assert stored["settings"]["endpoint"].endswith("/2")


def test_a_browser_shows_the_messages_of_who_signed_in_last(alice, bob):
    Browser(alice).subscribe()

    Browser(bob).subscribe()

    assert browsers_of(alice) == []
    assert len(browsers_of(bob)) == 1


def test_an_address_that_another_channel_has_moves_to_the_browser_that_sends_it(alice):
    first, second = Browser(alice), Browser(alice)
    first.subscribe(1)
    kept = second.subscribe(2).json

    assert second.subscribe(1).status_code == 201
    assert [one["id"] for one in browsers_of(alice)] == [kept["id"]]


def test_who_signs_out_has_nothing_pushed_there_any_more(alice):
    here, there = Browser(alice), Browser(alice)
    here.subscribe(1)
    kept = there.subscribe(2).json

    here.form("/logout")

    assert [one["id"] for one in browsers_of(alice)] == [kept["id"]]


def test_a_session_that_is_ended_elsewhere_ends_its_browser_too(world, alice):
    lost = Browser(alice)
    lost.subscribe()
    [session] = world.deps.db.sessions.documents

    Browser(alice).form(f"/account/sessions/{session['_id']}/end")

    assert browsers_of(alice) == []


def test_another_person_who_signs_in_ends_what_the_browser_showed_of_the_former_one(alice, bob):
    browser = Browser(alice)
    browser.subscribe()

    browser.form("/login", email="bob@example.com", password=PASSWORD)

    assert browsers_of(alice) == []


def test_that_is_so_after_the_session_has_expired_too(world, alice, bob):
    browser = Browser(alice)
    browser.subscribe()
    world.deps.clock.advance(timedelta(days=31).total_seconds())
    world.deps.db.sessions.delete_many({})  # MongoDB deletes those that have expired

    sign_in(browser.client, "bob@example.com", PASSWORD)

    assert browsers_of(alice) == []


def test_the_same_person_who_signs_in_again_keeps_the_browser(world, alice):
    browser = Browser(alice)
    channel = browser.subscribe().json["id"]
    world.deps.clock.advance(timedelta(days=31).total_seconds())

    sign_in(browser.client, "alice@example.com", PASSWORD)

    [kept] = [one for one in browser.client.get("/api/channels").json if one["type"] == "web_push"]
    assert (kept["id"], kept["this_browser"]) == (channel, True)


def test_a_new_password_ends_all_browsers_but_the_own(alice):
    here, there = Browser(alice), Browser(alice)
    kept = here.subscribe(1).json
    there.subscribe(2)

    new = "battery staple"
    here.form("/account/password", old="correct horse", new=new, again=new)

    assert [one["id"] for one in browsers_of(alice)] == [kept["id"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "http://push.example.com/"}, "settings.endpoint"),
        ({"endpoint": "https://127.0.0.1/"}, "settings.endpoint"),
        ({"keys": {**KEYS, "auth": "AAAA"}}, "settings.auth"),
        ({"keys": {}}, "keys.auth"),
    ],
    ids=str,
)
def test_what_is_no_subscription_is_refused(alice, change, field):
    answer = alice.call("POST", "/api/push/subscriptions", json={**subscription(), **change})

    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json["errors"]}
