"""The story of bad input: what a device sends wrong is acknowledged, dropped and explained.

One row per row of the table in the documents; each ends with a good message on the same connection.
"""

import json
import secrets
import time

import pytest
import requests

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import TELEMETRY, MqttDevice

NOW = int(time.time())
NESTED = "[" * 100 + "]" * 100
MANY_KEYS = json.dumps(
    {f"k{number}": 1 for number in range(4_000)}, separators=(",", ":")
)  # 10,000 do not fit
LONG_KEY = json.dumps({"k" * 300: 1, "good": 1})

DROPPED_WHOLE = {
    "no JSON": (b"temperature=21", "not JSON"),
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
# Not JSON at all is told at once over HTTP; what is JSON and no reading is told as over MQTT.
NO_JSON = {"no JSON", "half a document", "empty body", "invalid UTF-8", "NaN", "Infinity"}


def sends_one_good_message(mqtt, person, device):
    value = secrets.randbelow(1_000_000)
    assert mqtt.publish({"after": value})
    eventually(lambda: person.value(device, "after") == value, 5, "the next message is stored")


def the_reason(person, device):
    found = eventually(lambda: person.rejected(device), 5, "the owner is shown a reason")
    assert len(found) == 1
    assert NOW * 1000 - 60_000 < found[0]["ts"] < time.time() * 1000 + 60_000
    return found[0]


@pytest.mark.parametrize("name", DROPPED_WHOLE)
def test_a_bad_message_by_mqtt_is_acknowledged_dropped_and_explained(appliance, alice, name):
    payload, reason = DROPPED_WHOLE[name]
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish(payload)
        sends_one_good_message(mqtt, alice, device)

    shown = the_reason(alice, device)
    assert any(word in shown["reason"] for word in reason.split("|")), shown
    assert shown["topic"] == TELEMETRY
    assert list(alice.row(device)["values"]) == ["after"]


@pytest.mark.parametrize("name", DROPPED_BY_KEY)
def test_a_bad_key_by_mqtt_is_dropped_and_the_others_are_stored(appliance, alice, name):
    payload, reason = DROPPED_BY_KEY[name]
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish(payload)
        sends_one_good_message(mqtt, alice, device)

    assert reason in the_reason(alice, device)["reason"]
    assert set(alice.row(device)["values"]) == {"after", "good"}


@pytest.mark.parametrize("name", sorted(NO_JSON))
def test_what_is_no_json_is_refused_by_http_at_once(appliance, alice, name):
    payload, _reason = DROPPED_WHOLE[name]
    device = alice.new_device()

    answer = requests.post(
        appliance.url(f"/api/v1/{device.token}/telemetry"), data=payload, timeout=10
    )

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert alice.row(device)["values"] == {}


@pytest.mark.parametrize("name", sorted(set(DROPPED_WHOLE) - NO_JSON) + sorted(DROPPED_BY_KEY))
def test_json_that_is_no_reading_is_explained_by_http_as_by_mqtt(appliance, alice, name):
    payload, reason = (DROPPED_WHOLE | DROPPED_BY_KEY)[name]
    device = alice.new_device()

    answer = requests.post(
        appliance.url(f"/api/v1/{device.token}/telemetry"), data=payload, timeout=10
    )

    assert answer.status_code == 200
    shown = the_reason(alice, device)["reason"]
    assert any(word in shown for word in reason.split("|")), shown
    assert "a" not in alice.row(device)["values"]


@pytest.mark.parametrize("topic", ["telemetry", "v1/devices/me/claim", "v1/devices/x/telemetry"])
def test_another_topic_is_dropped_and_the_topics_that_work_are_named(appliance, alice, topic):
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"a": 1}, topic)
        sends_one_good_message(mqtt, alice, device)

    shown = the_reason(alice, device)
    assert shown["topic"] == topic
    assert TELEMETRY in shown["reason"]
    assert list(alice.row(device)["values"]) == ["after"]


def test_the_largest_message_is_stored_and_a_larger_one_ends_the_connection(appliance, alice):
    device = alice.new_device()
    largest = json.dumps({"text": "x" * (65_536 - len('{"text": ""}'))})
    assert len(largest) == 65_536

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish(largest)
        sends_one_good_message(mqtt, alice, device)
        assert not mqtt.publish(largest + " ")
        assert mqtt.lost.wait(5)

    with MqttDevice(appliance, device.token) as again:
        sends_one_good_message(again, alice, device)


def test_a_body_over_the_limit_is_answered_413(appliance, alice):
    device = alice.new_device()
    url = appliance.url(f"/api/v1/{device.token}/telemetry")
    largest = json.dumps({"text": "x" * (65_536 - len('{"text": ""}'))})

    assert requests.post(url, data=largest, timeout=10).status_code == 200
    assert requests.post(url, data=largest + " ", timeout=10).status_code == 413


def test_the_last_ten_are_kept_newest_first(appliance, alice):
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        for number in range(12):
            assert mqtt.publish(f"bad {number}")
        sends_one_good_message(mqtt, alice, device)

    payloads = eventually(
        lambda: len(found := [item["payload"] for item in alice.rejected(device)]) == 10 and found,
        5, "ten reasons are shown",
    )  # fmt: skip
    assert payloads == [f"bad {number}" for number in range(11, 1, -1)]


HOSTILE = "<script>alert(1)</script>'; DROP TABLE readings; --\" \\ % _"


def test_html_and_sql_are_shown_as_text_and_found_as_text(appliance, alice):
    name = f"{HOSTILE} {secrets.token_hex(3)}"
    device = alice.new_device(name)

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({HOSTILE: HOSTILE})
    eventually(lambda: alice.value(device, HOSTILE) == HOSTILE, 5, "the value is stored as text")

    assert alice.row(device)["name"] == name
    assert HOSTILE in alice.api.document(f"/api/devices/{device.id}/keys")
    series = eventually(lambda: alice.history(device, HOSTILE), 5, "it has a history")
    assert [value for _ts, value in series] == [HOSTILE]
    page = alice.browser().get(f"/devices/{device.id}").text
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("search", ["'", "%", "_", ".*", "[", "$where", "' OR 1=1 --", "\\"])
def test_a_search_finds_only_what_holds_these_characters(alice, search):
    alice.new_device(f"plain name {secrets.token_hex(4)}")

    found = alice.api.document("/api/data", search=search)

    assert all(search.lower() in item["name"].lower() for item in found["items"])


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
def test_a_parameter_out_of_range_is_named(alice, path, field):
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
def test_a_body_that_is_no_object_is_refused(alice, body):
    answer = alice.api.post("/api/devices", data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
