"""/api/devices: the owner's registry."""

import pytest

from qlines.store import devices, presence
from qlines.store.presence import Change
from qlines.web.presence_words import meaning_of

# Of what is stored about a device, with the field that names it.
COLLECTIONS = (
    ("presence", "_id"), ("attributes", "_id"), ("rejected", "device"), ("commands", "device"),
    ("command_numbers", "_id"),
)  # fmt: skip


def test_a_new_device_comes_with_its_token(alice):
    answer = alice.call("POST", "/api/devices", json={"name": "Pump", "tags": ["a", "a", "b"]})

    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"/api/devices/{made['id']}"
    assert made["name"] == "Pump"
    assert made["tags"] == ["a", "b"]
    assert made["gateway"] is False
    assert len(made["token"]) == 20
    assert alice.get(f"/api/devices/{made['id']}").json == made


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "'; DROP TABLE x", "Größe ▶ 5", "a/b"]
)
def test_a_name_is_stored_unchanged(alice, name):
    assert alice.call("POST", "/api/devices", json={"name": name}).json["name"] == name


def test_two_owners_may_use_the_same_name(alice, bob):
    assert alice.call("POST", "/api/devices", json={"name": "pump"}).status_code == 201
    assert bob.call("POST", "/api/devices", json={"name": "pump"}).status_code == 201
    assert alice.call("POST", "/api/devices", json={"name": "Pump"}).status_code == 201


def test_it_changes_what_is_given_and_nothing_else(alice):
    path = f"/api/devices/{alice.device_id}"

    changed = alice.call("PATCH", path, json={"tags": ["x"], "gateway": True}).json

    assert changed["name"] == "alice's device"
    assert changed["tags"] == ["x"]
    assert changed["gateway"] is True
    assert changed["token"] == "token-alice"


def test_the_commands_of_a_device_wait_for_each_other_once_that_is_set(alice):
    path = f"/api/devices/{alice.device_id}"
    assert alice.get(path).json["commands_in_order"] is False

    assert alice.call("PATCH", path, json={"commands_in_order": True}).json["commands_in_order"]
    assert alice.get(path).json["commands_in_order"] is True
    assert alice.call("PATCH", path, json={"commands_in_order": 1}).status_code == 422


def test_a_change_of_nothing_is_refused(alice):
    answer = alice.call("PATCH", f"/api/devices/{alice.device_id}", json={})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "body"


def test_it_cannot_be_renamed_to_a_name_that_is_taken(alice):
    alice.call("POST", "/api/devices", json={"name": "pump"})

    answer = alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"name": "pump"})

    assert answer.status_code == 409
    assert alice.get(f"/api/devices/{alice.device_id}").json["name"] == "alice's device"


def test_everything_stored_about_a_device_is_removed_with_it(world, alice, bob):
    db = world.deps.db
    for collection, key in COLLECTIONS:
        for person in (alice, bob):
            db[collection].insert_one({"_id": person.device["_id"], key: person.device["_id"]})

    assert alice.call("DELETE", f"/api/devices/{alice.device_id}").status_code == 204

    left = [one["_id"] for name, _ in COLLECTIONS for one in db[name].documents]
    assert left == [bob.device["_id"]] * len(COLLECTIONS)
    assert alice.get(f"/api/devices/{alice.device_id}").status_code == 404


def old_tokens(world, alice):
    return devices.find(world.deps.db, alice.device_id)["old_tokens"]


def test_a_new_token_ends_the_old_one_at_once(world, alice):
    answer = alice.call("POST", f"/api/devices/{alice.device_id}/token")

    assert answer.json["token"] != "token-alice"
    assert old_tokens(world, alice) == []


def test_an_old_token_can_be_retained_for_a_while(world, alice):
    path = f"/api/devices/{alice.device_id}/token"

    alice.call("POST", path, json={"keep_old_seconds": 3600})

    [old] = old_tokens(world, alice)
    assert old["token"] == "token-alice"
    assert old["expires_at"].timestamp() == world.deps.clock.now_us() / 1e6 + 3600


def test_an_expired_old_token_is_forgotten(world, alice):
    path = f"/api/devices/{alice.device_id}/token"
    alice.call("POST", path, json={"keep_old_seconds": 60})
    second = devices.find(world.deps.db, alice.device_id)["token"]

    world.deps.clock.advance(61)
    alice.call("POST", path, json={"keep_old_seconds": 60})

    assert [old["token"] for old in old_tokens(world, alice)] == [second]


@pytest.mark.parametrize("seconds", [-1, 86_401, "60", 1.5, True, None])
def test_it_names_the_time_that_is_out_of_bounds(alice, seconds):
    body = {"keep_old_seconds": seconds}

    answer = alice.call("POST", f"/api/devices/{alice.device_id}/token", json=body)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "keep_old_seconds"


def test_it_lists_devices_a_page_at_a_time(alice):
    alice.call("POST", "/api/devices", json={"name": "pump"})

    page = alice.get("/api/devices?per_page=1&page=2").json

    assert page["total"] == 2
    assert [item["name"] for item in page["items"]] == ["pump"]


def displays_of(alice):
    return alice.get(f"/api/devices/{alice.device_id}").json["displays"]


def set_displays(alice, displays):
    return alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"displays": displays})


def test_a_key_gets_a_label_and_a_unit(alice):
    assert displays_of(alice) == {}

    changed = set_displays(
        alice, {"t.in": {"label": " Water ", "unit": "°C"}, "$p": {"unit": "<b>"}, "x\n": {}}
    ).json

    assert changed["displays"] == {
        "t.in": {"label": "Water", "unit": "°C"},
        "$p": {"label": "", "unit": "<b>"},
    }
    assert displays_of(alice) == changed["displays"]
    assert changed["name"] == "alice's device"


def test_labels_and_units_are_replaced_as_a_whole(alice):
    set_displays(alice, {"a": {"label": "A"}, "b": {"label": "B"}})

    set_displays(alice, {"b": {"label": "", "unit": "V"}})

    assert displays_of(alice) == {"b": {"label": "", "unit": "V"}}


@pytest.mark.parametrize(
    "displays",
    [
        {"a": {"label": "x" * 65}},
        {"a": {"unit": "x" * 17}},
        {"a": {"unit": "V\n!"}},
        {"a" * 256: {"unit": "V"}},
        {str(number): {"unit": "V"} for number in range(201)},
        {"a": {"colour": "red"}},
        {"a": {"label": 5}},
        {"a": "V"},
        ["a"],
        None,
    ],
)
def test_labels_and_units_are_bounded(alice, displays):
    answer = set_displays(alice, displays)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].startswith("displays")
    assert displays_of(alice) == {}


def test_it_shows_since_when_a_device_is_connected_and_why_not(world, alice):
    path = f"/api/devices/{alice.device_id}/presence"
    never = alice.get(path).json

    for change in (
        Change(alice.device_id, True, 4_000_000, "", "10.0.0.7"),
        Change(alice.device_id, False, 5_000_000, "keepalive exceeded", ""),
    ):
        presence.write(world.deps.db, [change])

    nothing = {"connected": False, "reason": "", "address": ""}
    lost = {**nothing, "reason": "keepalive exceeded"}
    assert never == {**nothing, "since": None, "meaning": "", "changes": []}
    assert alice.get(path).json == {
        **lost,
        "meaning": meaning_of("keepalive exceeded"),
        "since": 5000,
        "changes": [
            {**lost, "ts": 5000},
            {"connected": True, "ts": 4000, "reason": "", "address": "10.0.0.7"},
        ],
    }
