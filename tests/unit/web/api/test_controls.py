"""Controls: defined for a device or a tag, changed, moved and removed."""

import pytest

from qlines.errors import FieldError
from qlines.store import controls

BUTTON = {"label": "Open valve", "method": "openValve", "kind": "button", "params": {"$by": 1.5}}
SLIDER = {
    "label": "Speed", "method": "setSpeed", "kind": "slider", "ask_first": True, "one_way": True,
    "expires_in_seconds": 60, "reported_key": "speed",
    "parameters": [
        {"name": "", "label": "", "type": "number", "min": 0, "max": 1, "step": 0.1, "unit": "%"}
    ],
}  # fmt: skip


@pytest.fixture
def pump(alice):
    return alice.call("POST", "/api/devices", json={"name": "pump", "tags": ["pumps"]}).json["id"]


@pytest.fixture
def add(alice):
    def add_control(status=201, **fields):
        answer = alice.call("POST", "/api/controls", json=BUTTON | fields)
        assert answer.status_code == status, answer.text
        return answer.json

    return add_control


def labels(person, **place):
    answer = person.call("GET", "/api/controls", query_string=place)
    assert answer.status_code == 200, answer.text
    return [control["label"] for control in answer.json]


def test_a_control_comes_back_as_it_was_defined(alice, pump, add):
    made = add(**SLIDER, params=None, device=pump)

    expected = {**SLIDER, "params": None, "device": pump, "tag": None, "order": 0}
    assert made == {"id": made["id"], **expected}
    assert alice.get(f"/api/controls?device={pump}").json == [made]


def test_a_button_sends_any_json(add, pump):
    assert add(device=pump)["params"] == {"$by": 1.5}
    assert add(device=pump, params=None)["params"] is None


def test_a_control_from_before_it_could_report_where_it_stands_has_no_key(world, alice, pump, add):
    add(**SLIDER, params=None, device=pump)
    del world.deps.db.controls.documents[0]["reported_key"]

    [control] = alice.get(f"/api/controls?device={pump}").json

    assert control["reported_key"] == ""


def test_a_device_has_its_own_controls_and_those_of_its_tags(alice, bob, pump, add):
    add(label="own", device=pump)
    add(label="of the tag", tag="pumps")
    add(label="other", device=alice.device_id)
    add(label="of another tag", tag="tanks")
    bob.call("POST", "/api/controls", json=BUTTON | {"tag": "pumps"})

    assert labels(alice, device=pump) == ["own", "of the tag"]
    assert labels(alice, tag="pumps") == ["of the tag"]
    assert labels(bob, tag="pumps") == ["Open valve"]


@pytest.mark.parametrize("query", ["", "?tag=a&device=b"])
def test_a_list_is_that_of_a_device_or_of_a_tag(alice, query):
    answer = alice.get(f"/api/controls{query}")

    assert answer.status_code == 422
    assert "device or tag must be given, and not both" in answer.json["detail"]


def test_a_control_is_changed_and_what_is_not_given_stays(alice, pump, add):
    made = add(device=pump)

    answer = alice.call("PATCH", f"/api/controls/{made['id']}", json={"label": "Open"})

    assert answer.json == made | {"label": "Open"}


def test_a_change_is_checked_as_a_whole(alice, pump, add):
    made = add(device=pump)
    path = f"/api/controls/{made['id']}"

    answer = alice.call("PATCH", path, json={"kind": "switch"})

    assert answer.status_code == 422
    assert "must be one of the type bool for a switch, got none" in answer.json["detail"]
    switch = {"kind": "switch", "parameters": [{"type": "bool"}], "params": None}
    assert alice.call("PATCH", path, json=switch).json["kind"] == "switch"


def test_controls_are_moved_by_their_order(alice, pump, add):
    first, second = add(label="a", device=pump), add(label="b", tag="pumps")

    alice.call("PATCH", f"/api/controls/{first['id']}", json={"order": second["order"]})
    alice.call("PATCH", f"/api/controls/{second['id']}", json={"order": first["order"]})

    assert labels(alice, device=pump) == ["b", "a"]


def test_a_control_of_a_device_becomes_one_of_a_tag_and_back(alice, pump, add):
    made = add(device=pump)
    path = f"/api/controls/{made['id']}"

    assert alice.call("PATCH", path, json={"tag": "pumps"}).json["device"] is None
    assert alice.call("PATCH", path, json={"device": pump}).json["tag"] is None


def test_a_removed_control_is_gone(alice, pump, add):
    path = f"/api/controls/{add(device=pump)['id']}"

    assert alice.call("DELETE", path).status_code == 204
    assert alice.call("DELETE", path).status_code == 404
    assert labels(alice, device=pump) == []


def test_controls_go_with_their_device_and_those_of_a_tag_stay(world, alice, pump, add):
    add(device=pump)
    add(label="of the tag", tag="pumps")

    alice.call("DELETE", f"/api/devices/{pump}")

    assert [one["label"] for one in world.deps.db.controls.documents] == ["of the tag"]


def test_a_device_and_a_tag_have_room_for_fifty(alice, pump, add, monkeypatch):
    monkeypatch.setattr(controls, "MAX_CONTROLS", 2)
    made = [add(device=pump), add(device=pump), add(tag="pumps"), add(tag="pumps")]

    assert "the device has 2 controls, which is the limit" in add(409, device=pump)["detail"]
    assert "the tag 'pumps' has 2 controls" in add(409, tag="pumps")["detail"]
    answer = alice.call("PATCH", f"/api/controls/{made[0]['id']}", json={"tag": "pumps"})
    assert answer.status_code == 409
    answer = alice.call("PATCH", f"/api/controls/{made[0]['id']}", json={"device": pump})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"label": ""}, "label", "must have 1 to 64 characters"),
        ({"kind": "knob"}, "kind", "must be one of button, switch, slider, form, got knob"),
        ({"ask_first": 1}, "ask_first", "must be true or false, got 1"),
        ({"expires_in_seconds": 0}, "expires_in_seconds", "must be from 1 to 2592000, got 0"),
        ({"order": 1}, "order", "Unknown field"),
        ({"tag": ""}, "tag", "must have 1 to 64 characters each"),
        ({"tag": "a,b"}, "tag", "must not contain"),
        ({"kind": "form", "parameters": [{"name": "a", "type": "number", "min": "1"}]},
         "parameters.0.min", "must be a number, got '1'"),
        ({"kind": "form", "parameters": [{"name": "a", "type": "number", "max": True}]},
         "parameters.0.max", "must be a number, got True"),
        ({"kind": "form", "parameters": [{"name": "a", "type": "choice", "choices": [{}]}]},
         "parameters.0.choices", "must be a number from"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named_with_its_rule(add, fields, field, reason):
    answer = add(422, **({"tag": "pumps"} | fields))

    (error,) = answer["errors"]
    assert error["field"] == field
    assert reason in error["reason"]


def test_an_empty_change_is_refused(alice, pump, add):
    path = f"/api/controls/{add(device=pump)['id']}"

    assert alice.call("PATCH", path, json={}).status_code == 422


def test_bob_reaches_none_of_alices(alice, bob, pump, add):
    made = add(tag="pumps")

    assert bob.call("GET", f"/api/controls?device={pump}").status_code == 404
    assert bob.call("POST", "/api/controls", json=BUTTON | {"device": pump}).status_code == 404
    own = bob.call("POST", "/api/controls", json=BUTTON | {"tag": "pumps"}).json["id"]
    moved = bob.call("PATCH", f"/api/controls/{own}", json={"device": alice.device_id})
    assert moved.status_code == 404
    assert bob.call("DELETE", f"/api/controls/{made['id']}").status_code == 404


def test_two_changes_at_once_are_both_made(world, alice, pump, add):
    made = add(device=pump)
    db = world.deps.db
    seen = controls.find(db, made["id"], owner=db.controls.documents[0]["owner"])

    controls.change(db, seen, {"label": "Open it"})
    after = controls.change(db, seen, {"ask_first": True})

    assert (after["label"], after["ask_first"]) == ("Open it", True)


def test_two_changes_at_once_that_do_not_fit_together_are_not_both_made(world, pump, add):
    made = add(**SLIDER, params=None, device=pump)
    db = world.deps.db
    seen = controls.find(db, made["id"], owner=db.controls.documents[0]["owner"])

    controls.change(db, seen, {"kind": "button", "parameters": [], "reported_key": ""})
    with pytest.raises(FieldError):
        controls.change(db, seen, {"reported_key": "pressure"})
