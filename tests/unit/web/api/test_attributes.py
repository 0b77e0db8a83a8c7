"""/api/devices/{id}/attributes."""

import json

import pytest

from qlines.store import attributes

NOW_MS = 1_800_000_000_000


@pytest.fixture
def path(alice):
    return f"/api/devices/{alice.device_id}/attributes"


def report(world, alice, ts_ms, **values):
    """Store what Alice's device sends."""
    sent = [(alice.device_id, key, ts_ms, value) for key, value in values.items()]
    attributes.merge(world.deps.db, sent)


def changes(world):
    return [json.loads(one["change"]) for one in world.deps.db.attribute_changes.documents]


def test_a_new_device_has_none(alice, path):
    assert alice.get(path).json == {"client": {}, "shared": {}, "server": {}, "differs": {}}


def test_each_scope_has_its_values_with_their_times_and_who_set_them(world, alice, path):
    report(world, alice, 5, firmware="1.2")
    alice.call("PATCH", f"{path}/shared", json={"interval": 60})
    alice.call("PATCH", f"{path}/server", json={"place": {"floor": 2}})

    answer = alice.get(path).json

    by = "alice@example.com"
    assert answer["client"] == {"firmware": {"ts": 5, "value": "1.2", "since": 5}}
    assert answer["shared"] == {"interval": {"ts": NOW_MS, "value": 60, "by": by}}
    assert answer["server"] == {"place": {"ts": NOW_MS, "value": {"floor": 2}, "by": by}}


def test_it_says_where_the_device_differs_from_what_is_wanted(world, alice, path):
    report(world, alice, NOW_MS + 9, color="red", interval=60)

    alice.call("PATCH", f"{path}/shared", json={"color": "blue", "interval": 60, "valve": False})

    assert alice.get(path).json["differs"] == {
        "color": {"desired": "blue", "reported": "red", "since": NOW_MS + 9},
        "valve": {"desired": False, "since": NOW_MS},
    }


def test_a_device_that_repeats_what_it_reports_differs_since_the_first_time(world, alice, path):
    alice.call("PATCH", f"{path}/shared", json={"color": "blue"})

    for ts_ms in (NOW_MS + 9, NOW_MS + 500):
        report(world, alice, ts_ms, color="red")

    answer = alice.get(path).json
    assert answer["differs"]["color"]["since"] == NOW_MS + 9
    assert answer["client"]["color"] == {"ts": NOW_MS + 500, "value": "red", "since": NOW_MS + 9}


def test_the_device_is_sent_what_changed_and_the_answer_names_it(world, alice, path):
    first = alice.call("PATCH", f"{path}/shared", json={"a": 1, "b": "x"})
    second = alice.call("PATCH", f"{path}/shared", json={"a": 1, "b": "y"})
    gone = alice.call("DELETE", f"{path}/shared?keys=a,none")

    assert [one.json for one in (first, second, gone)] == [
        {"changed": ["a", "b"]},
        {"changed": ["b"]},
        {"deleted": ["a"]},
    ]
    assert changes(world) == [{"a": 1, "b": "x"}, {"b": "y"}, {"deleted": ["a"]}]
    assert set(alice.get(path).json["shared"]) == {"b"}


def test_the_device_is_not_sent_server_attributes(world, alice, path):
    alice.call("PATCH", f"{path}/server", json={"a": 1})
    alice.call("DELETE", f"{path}/server?keys=a")

    assert changes(world) == []


def test_client_attributes_are_deleted_and_not_set(world, alice, path):
    report(world, alice, 5, a=1, b=2)

    refused = alice.call("PATCH", f"{path}/client", json={"a": 2})
    deleted = alice.call("DELETE", f"{path}/client?keys=a")

    assert refused.status_code == 422
    assert "must be shared or server, got client: only the device" in refused.json["detail"]
    assert deleted.json == {"deleted": ["a"]}
    assert alice.get(path).json["client"] == {"b": {"ts": 5, "value": 2, "since": 5}}


def test_a_key_with_a_comma_is_deleted_by_its_own_parameter(alice, path):
    alice.call("PATCH", f"{path}/shared", json={"a,b": 1, "c": 2, "d": 3, "e": 4})

    answer = alice.call("DELETE", f"{path}/shared?key=a,b&key=c&keys=d")

    assert answer.json == {"deleted": ["d", "a,b", "c"]}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({}, 'body must be an object such as {"interval": 60}, got {}'),
        ([1], 'body must be an object such as {"interval": 60}, got [1]'),
        (None, 'body must be an object such as {"interval": 60}, got null'),
        ({"": 1}, "a key must not be empty"),
        ({"a": None}, '"a" must not be null: delete the key instead'),
        ({"a\n": 1}, "must not hold control characters"),
        ({"k" * 256: 1}, "at most 255 characters"),
        ({"a": "x" * 262_144}, "at most 262,144 bytes as JSON"),
        ({f"k{number}": 1 for number in range(1_001)}, "at most 1,000 keys"),
    ],
)
def test_bad_values_are_refused_with_the_rule(alice, path, body, rule):
    answer = alice.call("PATCH", f"{path}/shared", json=body)

    assert answer.status_code == 422
    assert rule in answer.json["detail"]
    assert alice.get(path).json["shared"] == {}


def send(alice, path, data, content_type="application/json"):
    return alice.call("PATCH", path, data=data, content_type=content_type)


@pytest.mark.parametrize("number", ["18446744073709551616", "9223372036854775808"])
def test_a_number_that_would_lose_digits_is_refused(alice, path, number):
    answer = send(alice, f"{path}/shared", f'{{"a": [{number}]}}')

    assert answer.status_code == 422
    assert '"a" was not set: a whole number must fit into 64 bits' in answer.json["detail"]


def test_json_that_is_nested_too_deep_is_refused(alice, path):
    answers = [
        send(alice, f"{path}/shared", f'{{"a": {"[" * depth}{"]" * depth}}}') for depth in (17, 300)
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "nested at most 16 deep: flatten them" in answers[1].json["detail"]


def test_what_is_not_json_is_refused_as_elsewhere(alice, path):
    answers = [
        send(alice, f"{path}/shared", "{"),
        send(alice, f"{path}/shared", "a=1", "application/x-www-form-urlencoded"),
        send(alice, f"{path}/shared", ""),
    ]

    assert [answer.status_code for answer in answers] == [400, 415, 422]
    assert "must be JSON" in answers[0].json["detail"]
    assert "Content-Type: application/json" in answers[1].json["detail"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_another_scope_is_refused_with_those_that_there_are(alice, path, method):
    answer = alice.call(method, f"{path}/public?keys=a", json={"a": 1})

    assert answer.status_code == 422
    assert "scope must be client, shared or server, got 'public'" in answer.json["detail"]


@pytest.mark.parametrize("query", ["", "?keys=", "?keys=,"])
def test_without_keys_nothing_is_deleted(alice, path, query):
    alice.call("PATCH", f"{path}/shared", json={"a": 1})

    answer = alice.call("DELETE", f"{path}/shared{query}")

    assert answer.status_code == 422
    assert "must name at least one key, such as keys=a,b, got none" in answer.json["detail"]
    assert "a" in alice.get(path).json["shared"]
