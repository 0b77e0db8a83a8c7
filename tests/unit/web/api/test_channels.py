"""/api/channels: where somebody wants the messages about their alarms."""

from dataclasses import replace

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.store import channels, notifications
from qlines.store.alarm_document import Cause, Subject, alarm_collection, alarm_document
from qlines.web import channel_test
from qlines.web.api.channels import ChannelSchema, DeliverySchema
from qlines.web.apprise_check import AppriseCheck
from qlines.web.channel_test import NOT_YET

PATH = "/api/channels"
PHONE = {
    "name": "My phone",
    "type": "ntfy",
    "settings": {"topic": "qlines-4711-geheim", "token": "tk_verysecret"},
}
NIGHT = {"zone": "Europe/Berlin", "from": "22:00", "to": "07:00"}


@pytest.fixture
def phone(alice):
    answer = alice.call("POST", PATH, json=PHONE)
    assert answer.status_code == 201, answer.text
    return answer.json


def now_of(world):
    return utc_datetime(world.deps.clock.now_us())


def sent_by(world, monkeypatch, **change):
    """Let the worker do this to each message as soon as somebody waits for it."""

    def send(_seconds):
        [sent] = world.deps.db.notifications.documents
        sent.update(change)
        if "ended_at" in change:
            sent.pop("open", None)

    monkeypatch.setattr(world.deps.clock, "sleep", send)


def test_a_channel_that_was_added_is_listed_without_its_secrets(alice, phone):
    [listed] = alice.get(PATH).json

    assert listed == phone == alice.get(f"{PATH}/{phone['id']}").json
    assert ChannelSchema().validate(listed) == {}
    assert (listed["name"], listed["default"], listed["enabled"]) == ("My phone", True, True)
    assert listed["settings"]["server"] == "https://ntfy.sh"
    assert "4711" not in alice.get(PATH).text
    assert "verysecret" not in alice.get(PATH).text


def test_a_single_setting_is_changed_and_the_others_stay(world, alice, phone):
    change = {"settings": {"topic": "another"}, "quiet_hours": NIGHT}

    changed = alice.call("PATCH", f"{PATH}/{phone['id']}", json=change).json

    assert changed["quiet_hours"] == NIGHT
    stored = channels.find(world.deps.db, alice.id, phone["id"])["settings"]
    assert (stored["topic"], stored["token"]) == ("another", "tk_verysecret")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"settings": {"topic": "two words"}}, "settings.topic"),
        ({"settings": {"colour": "red"}}, "settings.colour"),
        ({"name": ""}, "name"),
        ({"quiet_hours": {**NIGHT, "zone": "Berlin"}}, "quiet_hours.zone"),
        ({"quiet_hours": {"zone": "UTC"}}, "quiet_hours.from"),
        ({"default": "yes"}, "default"),
        ({"colour": "red"}, "colour"),
        ({"operator": True}, "operator"),
        ({}, "body"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_the_field(alice, phone, change, field):
    answer = alice.call("PATCH", f"{PATH}/{phone['id']}", json=change)

    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json["errors"]}
    assert alice.get(f"{PATH}/{phone['id']}").json == phone


def test_only_an_admin_has_messages_about_the_appliance(carol):
    answer = carol.call("POST", PATH, json={**PHONE, "operator": True})

    assert answer.json["operator"] is True


def test_the_secret_of_a_webhook_is_in_the_first_answer_only(alice):
    hook = {"name": "Hook", "type": "webhook", "settings": {"url": "https://example.com/a"}}
    made = alice.call("POST", PATH, json=hook).json

    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in alice.get(PATH).text

    new = alice.call("POST", f"{PATH}/{made['id']}/secret").json["secret"]
    assert new not in ("", made["secret"])
    assert new not in alice.get(PATH).text


def test_a_removed_channel_is_not_found(alice, phone):
    assert alice.call("DELETE", f"{PATH}/{phone['id']}").status_code == 204

    assert alice.get(PATH).json == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        assert alice.call(method, f"{PATH}/{phone['id']}{path}").status_code == 404


def test_a_channel_that_was_switched_off_says_why_and_begins_again(world, alice, phone):
    stored = channels.find(world.deps.db, alice.id, phone["id"])
    channels.switch_off(world.deps.db, stored, "nothing arrived for 5 days: the topic is unknown")
    shown = alice.get(f"{PATH}/{phone['id']}").json
    reason = "Nothing arrived for 5 days: the topic is unknown."
    assert (shown["enabled"], shown["disabled_reason"]) == (False, reason)

    again = alice.call("PATCH", f"{PATH}/{phone['id']}", json={"enabled": True}).json

    assert (again["enabled"], again["disabled_reason"]) == (True, "")


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (
            {
                "state": "sent",
                "reason": "the server took the message",
                "attempts": 1,
                "ended_at": 1,
            },
            ("sent", "The server took the message."),
        ),
        (
            {"state": "failed", "reason": "the topic is not known", "attempts": 1, "ended_at": 1},
            ("failed", "The topic is not known."),
        ),
        (
            {"state": "waiting", "reason": "it did not answer within 20 seconds", "attempts": 1},
            ("waiting", "It did not answer within 20 seconds. It will be tried again."),
        ),
        ({"state": "sending"}, ("sending", "The receiver has not answered yet.")),
        (
            {},
            ("waiting", NOT_YET),
        ),
    ],
    ids=["sent", "failed", "tried again", "on its way", "no worker"],
)
def test_a_test_says_what_became_of_it(world, alice, phone, monkeypatch, change, outcome):
    seconds = iter(range(100))
    monkeypatch.setattr(world.deps.clock, "monotonic", lambda: float(next(seconds)))
    sent_by(world, monkeypatch, **change)

    answer = alice.call("POST", f"{PATH}/{phone['id']}/test")

    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["sentence"]) == outcome


def test_nobody_can_flood_an_address_with_tests(world, alice, phone, monkeypatch):
    monkeypatch.setattr(channel_test, "WAIT_SECONDS", 0.0)
    path = f"{PATH}/{phone['id']}/test"
    assert [alice.call("POST", path).status_code for _ in range(10)] == [200] * 10

    refused = alice.call("POST", path)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert len(world.deps.db.notifications.documents) == 10
    world.deps.clock.advance(60)
    assert alice.call("POST", path).status_code == 200


def test_nor_with_tests_to_many_addresses_or_with_ever_new_ones(world, alice, phone, monkeypatch):
    monkeypatch.setattr(channel_test, "WAIT_SECONDS", 0.0)
    path = f"{PATH}/{phone['id']}/test"
    world.deps.redis.counts[f"channel tests:{alice.id}"] = 60
    world.deps.redis.counts[f"channels:{alice.id}"] = 100

    assert alice.call("POST", path).status_code == 429
    assert alice.call("POST", PATH, json=PHONE).status_code == 429
    assert world.deps.db.notifications.documents == []


def test_a_message_about_an_alarm_is_listed_with_its_title(world, alice, phone):
    now = now_of(world)
    subject = Subject(alice.id, alice.device["_id"], "Pump 7", ObjectId(), "Too hot", 1)
    alarm = alarm_document(
        subject, "major", Cause("t", 90, 80, 80, None), fence=1, now=now, started_at=now
    )
    alarm_collection(world.deps.db).insert_one(alarm)
    sent = notifications.test_of(alice.id, phone["id"], now)
    about = {"kind": "alarm", "type": "alarm.raised", "alarm": alarm["_id"], "subject": ""}
    notifications.add(world.deps.db, {**sent, **about})

    [listed] = alice.get(f"{PATH}/{phone['id']}/deliveries").json

    assert listed["subject"] == "Pump 7: t 90 is above 80"


def test_messages_are_listed_with_the_reason_the_newest_first(world, alice, phone):
    db, now = world.deps.db, now_of(world)
    notifications.add(db, notifications.test_of(alice.id, phone["id"], now))
    world.deps.clock.advance(60)
    second = notifications.test_of(alice.id, phone["id"], now_of(world))
    notifications.add(db, second)
    notifications.finish(db, [second["_id"]], "failed", "it is away", now_of(world), "refused")

    newest, oldest = alice.get(f"{PATH}/{phone['id']}/deliveries").json

    assert DeliverySchema().validate(newest) == {}
    assert (newest["state"], newest["sentence"], newest["due_at"]) == (
        "failed",
        "It is away.",
        None,
    )
    assert (oldest["state"], oldest["subject"], oldest["alarm"]) == (
        "waiting",
        "Test message",
        None,
    )
    assert oldest["message"] is None
    last = alice.get(PATH).json[0]["last"]
    assert last == {"ts": newest["ended_at"], "state": "failed", "sentence": "It is away."}


def test_a_message_that_waits_for_the_mail_server_is_due_at_no_moment_that_is_known(
    world, alice, phone
):
    one = notifications.test_of(alice.id, phone["id"], now_of(world))
    notifications.add(world.deps.db, one | {"waits_for_server": True})

    [listed] = alice.get(f"{PATH}/{phone['id']}/deliveries").json

    assert (listed["state"], listed["due_at"]) == ("waiting", None)


def test_who_names_the_version_that_they_have_seen_overwrites_no_other_one(alice):
    made = alice.call("POST", "/api/channels", json=PHONE).json
    path = f"/api/channels/{made['id']}"
    seen = {"If-Match": alice.get(path).headers["ETag"]}

    first = alice.call("PATCH", path, json={"name": "Night"}, headers=seen)
    second = alice.call("PATCH", path, json={"name": "Day"}, headers=seen)

    assert (first.status_code, second.status_code) == (200, 412)
    assert alice.get(path).json["name"] == "Night"
    newest = {"If-Match": first.headers["ETag"]}
    assert alice.call("PATCH", path, json={"name": "Day"}, headers=newest).status_code == 200


def test_who_names_the_version_that_they_have_seen_removes_no_other_one(alice):
    path = f"/api/channels/{alice.call('POST', '/api/channels', json=PHONE).json['id']}"
    seen = {"If-Match": alice.get(path).headers["ETag"]}
    changed = alice.call("PATCH", path, json={"name": "Night"})

    assert alice.call("DELETE", path, headers=seen).status_code == 412
    assert alice.get(path).json["name"] == "Night"
    newest = {"If-Match": changed.headers["ETag"]}
    assert alice.call("DELETE", path, headers=newest).status_code == 204


class FakeApprise:
    """Says of each address what is wrong with it."""

    def __init__(self, reason=""):
        self.reason = reason
        self.checked = []

    def check(self, url):
        self.checked.append(url)
        return self.reason


APPRISE = {"type": "apprise", "name": "Discord", "settings": {"url": "discord://id/sesame"}}


def with_apprise(world, reason=""):
    """Let the admin switch channels of Apprise on."""
    fake = FakeApprise(reason)
    world.app.extensions["qlines"] = replace(world.deps, apprise=AppriseCheck(fake))
    return fake


def test_there_are_channels_of_apprise_only_where_the_admin_allows_them(alice):
    answer = alice.call("POST", "/api/channels", json=APPRISE)

    assert answer.status_code == 422
    assert "the admin switches them on by QLINES_APPRISE" in answer.text


def test_an_address_of_apprise_is_checked_and_shows_its_service_only(world, alice):
    fake = with_apprise(world)

    answer = alice.call("POST", "/api/channels", json=APPRISE)

    assert answer.status_code == 201, answer.text
    assert answer.json["settings"] == {"url": "discord://••••"}
    path = f"/api/channels/{answer.json['id']}"
    assert alice.call("PATCH", path, json={"name": "Night shift"}).status_code == 200
    assert fake.checked == ["discord://id/sesame"], "not again, it is as it was"


def test_one_that_apprise_does_not_understand_is_refused_with_its_reason(world, alice):
    with_apprise(world, "Apprise does not understand this address")

    answer = alice.call("POST", "/api/channels", json=APPRISE)

    assert answer.status_code == 422
    assert "settings.url is refused: Apprise does not understand this address" in answer.text
    assert "sesame" not in answer.text
