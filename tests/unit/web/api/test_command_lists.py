"""One command to many devices, and what became of it."""

import pytest

from qlines.store import commands, devices
from qlines.web.api import command_json
from qlines.web.api.command_json import CommandSchema

SLIDER = {
    "label": "Speed", "method": "setSpeed", "kind": "slider", "tag": "pumps", "one_way": True,
    "expires_in_seconds": 60,
    "parameters": [{"name": "speed", "type": "number", "min": 0, "max": 100, "step": 10}],
}  # fmt: skip


@pytest.fixture
def pumps(world, alice):
    added = [devices.add(world.deps.db, alice.id, f"pump {n}", tags=["pumps"]) for n in (1, 2)]
    return [str(device["_id"]) for device in added]


def send(person, **body):
    return person.call("POST", "/api/commands", json=body)


def newest(person, device):
    (command,) = person.get(f"/api/devices/{device}/commands").json["items"]
    return command


def test_each_device_gets_the_command_with_a_number_of_its_own(alice, pumps):
    alice.call("POST", f"/api/devices/{pumps[1]}/commands", json={"method": "before"})

    answer = send(alice, devices=pumps, method="open", params={"by": 1}, two_way=False)

    assert answer.status_code == 200
    assert answer.json == [{"device": pumps[0], "number": 1}, {"device": pumps[1], "number": 2}]
    command = newest(alice, pumps[0])
    assert (command["method"], command["params"], command["two_way"]) == ("open", {"by": 1}, False)
    assert command["by"] == "alice@example.com"


def test_it_keeps_to_the_order_of_each_device(world, alice, pumps):
    alice.call("PATCH", f"/api/devices/{pumps[1]}", json={"commands_in_order": True})

    send(alice, devices=pumps, method="open")

    assert [one["in_order"] for one in world.deps.db.commands.documents] == [False, True]


def test_a_device_that_cannot_get_it_does_not_keep_the_others_from_it(
    alice, bob, pumps, monkeypatch
):
    monkeypatch.setattr(commands, "MAX_OPEN", 1)
    send(alice, devices=pumps[:1], method="open")

    answer = send(alice, devices=[*pumps, bob.device_id], method="open")

    full, sent, not_own = answer.json
    assert "commands of this device are open" in full["error"]
    assert sent == {"device": pumps[1], "number": 1}
    assert not_own["error"] == f"there is no device {bob.device_id}"
    assert bob.get(f"/api/devices/{bob.device_id}/commands").json["items"] == []


def test_a_device_that_is_named_twice_gets_it_once(alice, pumps):
    assert len(send(alice, devices=pumps[:1] * 2, method="open").json) == 1


def test_with_a_key_the_same_request_sends_nothing_twice(alice, pumps):
    first = send(alice, devices=pumps[:1], method="open", key="k").json

    assert send(alice, devices=pumps, method="open", key="k").json[0] == first[0]
    assert newest(alice, pumps[0])["key"] == "k"


def test_a_control_makes_the_command_of_values(alice, pumps):
    control = alice.call("POST", "/api/controls", json=SLIDER).json["id"]

    answer = send(alice, devices=pumps, control=control, values={"speed": 40})

    assert answer.status_code == 200, answer.text
    command = newest(alice, pumps[0])
    assert (command["method"], command["params"]) == ("setSpeed", {"speed": 40})
    assert command["two_way"] is False
    assert command["expires_at"] - command["created_at"] == 60_000


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({}, "method", "or control must be given, and not both, got none"),
        ({"method": "a", "control": "b"}, "method", "and not both, got both"),
        ({"method": "a", "values": {}}, "values", "are for a control"),
        ({"method": ""}, "method", "must have 1 to 255 characters"),
        ({"method": "a", "devices": []}, "devices", "must be 1 to 1000 ids of devices"),
        ({"method": "a", "devices": ["a" * 24] * 1001}, "devices", "must be 1 to 1000 ids"),
    ],
)
def test_a_bad_field_is_named_with_its_rule(alice, pumps, body, field, reason):
    answer = send(alice, **({"devices": pumps} | body))

    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["field"] == field
    assert reason in error["reason"]


def test_values_that_a_control_does_not_take_are_refused_for_all(world, alice, pumps):
    control = alice.call("POST", "/api/controls", json=SLIDER).json["id"]

    answer = send(alice, devices=pumps, control=control, values={"speed": 45})

    assert answer.status_code == 422
    assert "values.speed must be a number from 0 to 100 in steps of 10, got 45" in answer.text
    assert world.deps.db.commands.documents == []


def test_bob_can_use_neither_alices_control_nor_her_devices(alice, bob, pumps):
    control = alice.call("POST", "/api/controls", json=SLIDER).json["id"]

    own = send(bob, devices=[bob.device_id], control=control, values={"speed": 40})

    assert own.status_code == 404
    assert send(bob, devices=pumps, method="open").status_code == 404


def test_commands_are_found_by_their_ids_and_only_ones_own(alice, bob, pumps):
    send(alice, devices=pumps, method="open")
    ids = [f"{pumps[1]}-1", f"{pumps[0]}-7", "nonsense"]

    def rows(person):
        return person.call("POST", "/api/commands/rows", json={"commands": ids}).json["items"]

    (found,) = rows(alice)
    assert found == newest(alice, pumps[1])
    assert CommandSchema().validate(found) == {}
    assert rows(bob) == []


def test_a_control_lets_its_commands_wait_as_long_as_any(alice, pumps):
    longest = command_json.MAX_EXPIRES_IN_SECONDS

    body = SLIDER | {"expires_in_seconds": longest}

    assert alice.call("POST", "/api/controls", json=body).status_code == 201
    body["expires_in_seconds"] += 1
    assert alice.call("POST", "/api/controls", json=body).status_code == 422
