"""The story of bad input: an invalid message is acknowledged and dropped, and its owner sees why.

One case for each row of the table in ARCHITECTURE.md; each ends with a valid message on the same
connection. Within 5 s that message is stored and the rejection is shown.
"""

import json
import secrets
import time

import pytest
import requests

from tests.harness.deadline import PATIENCE, eventually
from tests.harness.mqtt_device import TELEMETRY, MqttDevice

NOW = int(time.time())
NESTED = "[" * 100 + "]" * 100
MANY_KEYS = json.dumps(
    {f"k{number}": 1 for number in range(4_000)}, separators=(",", ":")
)  # 10,000 do not fit
LONG_KEY = json.dumps({"k" * 300: 1, "good": 1})

DROPPED_WHOLE = {
    "not JSON at all": (b"temperature=21", "not JSON"),
    "half a document": (b'{"a": 1', "not JSON"),
    "empty body": (b"", "empty"),
    "bare number": (b"21.5", "bare number 21.5"),
    "text": (b'"hot"', "text"),
    "array in an array": (b"[[1]]", "array"),
    "invalid UTF-8": (b'{"a": "\xff\xfe"}', "UTF-8"),
    "NaN": (b'{"a": NaN}', "not JSON"),
    "Infinity": (b'{"a": -Infinity}', "not JSON"),
    "nested 100 deep": (f'{{"a": {NESTED}}}'.encode(), "nested|deep"),
    "4,000 keys": (MANY_KEYS.encode(), "at most 1000 keys"),
    "ts in seconds": (b'{"ts": %d, "values": {"a": 1}}' % NOW, "looks like seconds"),
    "ts as text": (b'{"ts": "today", "values": {"a": 1}}', "ts must be a whole number"),
    "negative ts": (b'{"ts": -1, "values": {"a": 1}}', "ts must be milliseconds"),
    "ts before 2000": (b'{"ts": 946684799999, "values": {"a": 1}}', "from the year 2000"),
    "ts in two days": (
        b'{"ts": %d, "values": {"a": 1}}' % ((NOW + 172_800) * 1000),
        "one day ahead",
    ),
}  # fmt: skip
DROPPED_BY_KEY = {
    "key of 300 characters": (LONG_KEY.encode(), "at most 255 characters"),
    "key with control characters": (b'{"a\\u0007": 1, "good": 1}', "control characters"),
    "empty key": (b'{"": 1, "good": 1}', "empty"),
    "integer beyond 64 bits": (b'{"a": 18446744073709551616, "good": 1}', "64 bits"),
}
# HTTP refuses at once what is not JSON; JSON that is not a reading is rejected later, as over MQTT.
NOT_JSON = {"not JSON at all", "half a document", "empty body", "invalid UTF-8", "NaN", "Infinity"}


def assert_a_valid_message_is_stored(mqtt, person, device):
    value = secrets.randbelow(1_000_000)
    assert mqtt.publish({"after": value})
    eventually(lambda: person.value(device, "after") == value, 5, "the valid message is stored")


def the_only_rejection(person, device):
    rejections = eventually(lambda: person.rejected(device), 5, "the owner sees the rejection")
    assert len(rejections) == 1
    assert NOW * 1000 - 60_000 < rejections[0]["ts"] < time.time() * 1000 + 60_000
    return rejections[0]


@pytest.mark.parametrize("name", DROPPED_WHOLE)
def test_an_invalid_mqtt_message_is_acknowledged_dropped_and_explained(appliance, alice, name):
    payload, reason = DROPPED_WHOLE[name]
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish(payload)
        assert_a_valid_message_is_stored(mqtt, alice, device)

    shown = the_only_rejection(alice, device)
    assert any(word in shown["reason"] for word in reason.split("|")), shown
    assert shown["topic"] == TELEMETRY
    assert list(alice.row(device)["values"]) == ["after"]


@pytest.mark.parametrize("name", DROPPED_BY_KEY)
def test_an_invalid_key_is_dropped_and_the_others_are_stored(appliance, alice, name):
    payload, reason = DROPPED_BY_KEY[name]
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish(payload)
        assert_a_valid_message_is_stored(mqtt, alice, device)

    assert reason in the_only_rejection(alice, device)["reason"]
    assert set(alice.row(device)["values"]) == {"after", "good"}


@pytest.mark.parametrize("name", sorted(NOT_JSON))
def test_http_refuses_at_once_what_is_not_json(appliance, alice, name):
    payload, _reason = DROPPED_WHOLE[name]
    device = alice.new_device()

    answer = requests.post(
        appliance.url(f"/api/v1/{device.token}/telemetry"), data=payload, timeout=10
    )

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert alice.row(device)["values"] == {}


@pytest.mark.parametrize("name", sorted(set(DROPPED_WHOLE) - NOT_JSON) + sorted(DROPPED_BY_KEY))
def test_json_that_is_not_a_reading_is_rejected_over_http_as_over_mqtt(appliance, alice, name):
    payload, reason = (DROPPED_WHOLE | DROPPED_BY_KEY)[name]
    device = alice.new_device()

    answer = requests.post(
        appliance.url(f"/api/v1/{device.token}/telemetry"), data=payload, timeout=10
    )

    assert answer.status_code == 200
    shown = the_only_rejection(alice, device)["reason"]
    assert any(word in shown for word in reason.split("|")), shown
    assert "a" not in alice.row(device)["values"]


@pytest.mark.parametrize("topic", ["telemetry", "v1/devices/me/claims", "v1/devices/x/telemetry"])
def test_an_unknown_topic_is_dropped_and_the_valid_topics_are_named(appliance, alice, topic):
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"a": 1}, topic)
        assert_a_valid_message_is_stored(mqtt, alice, device)

    shown = the_only_rejection(alice, device)
    assert shown["topic"] == topic
    assert TELEMETRY in shown["reason"]
    assert list(alice.row(device)["values"]) == ["after"]


def test_the_largest_message_is_stored_and_a_larger_one_ends_the_connection(appliance, alice):
    device = alice.new_device()
    largest = json.dumps({"text": "x" * (65_536 - len('{"text": ""}'))})
    assert len(largest) == 65_536

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish(largest)
        assert_a_valid_message_is_stored(mqtt, alice, device)
        assert not mqtt.publish(largest + " ")
        assert mqtt.lost.wait(5 * PATIENCE)

    with MqttDevice(appliance, device.token) as again:
        assert_a_valid_message_is_stored(again, alice, device)


def test_a_body_over_the_limit_is_answered_413(appliance, alice):
    device = alice.new_device()
    url = appliance.url(f"/api/v1/{device.token}/telemetry")
    largest = json.dumps({"text": "x" * (65_536 - len('{"text": ""}'))})

    assert requests.post(url, data=largest, timeout=10).status_code == 200
    assert requests.post(url, data=largest + " ", timeout=10).status_code == 413


def test_the_last_ten_rejections_are_shown_newest_first(appliance, alice):
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        for number in range(12):
            assert mqtt.publish(f"bad {number}")
        assert_a_valid_message_is_stored(mqtt, alice, device)

    payloads = eventually(
        lambda: len(shown := [item["payload"] for item in alice.rejected(device)]) == 10 and shown,
        5, "ten rejections are shown",
    )  # fmt: skip
    assert payloads == [f"bad {number}" for number in range(11, 1, -1)]


HOSTILE = "<script>alert(1)</script>'; DROP TABLE readings; --\" \\ % _"


def test_html_and_sql_are_stored_and_shown_as_text(appliance, alice):
    name = f"{HOSTILE} {secrets.token_hex(3)}"
    device = alice.new_device(name)

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({HOSTILE: HOSTILE})
    eventually(lambda: alice.value(device, HOSTILE) == HOSTILE, 5, "the value is stored as text")

    assert alice.row(device)["name"] == name
    assert HOSTILE in alice.api.document(f"/api/devices/{device.id}/keys")
    series = eventually(lambda: alice.history(device, HOSTILE), 5, "the value is in the history")
    assert [value for _ts, value in series] == [HOSTILE]
    page = alice.browser().get(f"/devices/{device.id}").text
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("search", ["'", "%", "_", ".*", "[", "$where", "' OR 1=1 --", "\\"])
def test_a_search_takes_special_characters_literally(alice, search):
    plain = alice.new_device(f"plain name {secrets.token_hex(4)}")
    special = alice.new_device(f"special {search} {secrets.token_hex(4)}")

    items = alice.api.document("/api/data", search=search, per_page=100)["items"]

    names = [item["name"] for item in items]
    assert special.name in names
    assert plain.name not in names
    assert [name for name in names if search.lower() not in name.lower()] == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/data?page=0", "page"),
        ("/api/data?page=x", "page"),
        ("/api/data?per_page=100000", "per_page"),
        ("/api/data?sort=password", "sort"),
        ("/api/data?order=sideways", "order"),
        ("/api/devices/{id}/readings?keys=a&points=0", "points"),
        ("/api/devices/{id}/readings?keys=a&agg=median", "agg"),
        ("/api/devices/{id}/readings?keys=a&from=yesterday", "from"),
        ("/api/devices/{id}/readings?keys=a&from=-1", "from"),
    ],
)
def test_an_invalid_parameter_is_refused_and_named(alice, path, field):
    device = alice.new_device()

    answer = alice.api.get(path.format(id=device.id))

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert field in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": 5}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "gateway": "maybe"}, "gateway"),
        ({"name": "x", "tags": "red"}, "tags"),
        ({"name": "x", "colour": "red"}, "colour"),
    ],
)
def test_a_body_with_a_wrong_missing_or_unknown_field_is_refused(alice, body, field):
    answer = alice.api.post("/api/devices", json=body)

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert field in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_not_an_object_is_refused(alice, body):
    answer = alice.api.post("/api/devices", data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
