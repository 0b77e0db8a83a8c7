"""/api/unregistered: an admin registers devices that were seen."""

import pytest

from qlines.clock import utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.store import devices, unregistered
from qlines.store.unregistered import UnregisteredDevice


def add_sighting(world, name, source="mqtt"):
    seen = utc_datetime(world.deps.clock.now_us())
    world.deps.db.unregistered.insert_one(
        {
            "_id": f"{source}/{name}",
            "name": name,
            "source": source,
            "first_seen": seen,
            "last_seen": seen,
            "count": 2,
            "sample": "from 192.0.2.1",
        }
    )


def test_it_lists_them(world, carol):
    add_sighting(world, "unknown-token")
    now_ms = world.deps.clock.now_us() // 1000

    assert carol.get("/api/unregistered").json == [
        {
            "name": "unknown-token",
            "label": "token unk… (13 characters)",
            "source": "mqtt",
            "first_seen": now_ms,
            "last_seen": now_ms,
            "count": 2,
            "sample": "from 192.0.2.1",
        }
    ]


@pytest.mark.parametrize("source", ["mqtt", "http"])
def test_a_device_with_an_unknown_token_retains_that_token(world, carol, source):
    add_sighting(world, "unknown-token", source)

    answer = carol.call("POST", "/api/unregistered/unknown-token/register")

    assert answer.status_code == 201
    assert answer.json["token"] == "unknown-token"
    assert devices.find(world.deps.db, answer.json["id"])["owner"] == carol.id
    assert world.deps.db.unregistered.documents == []


def test_without_a_name_it_gets_one_that_says_nothing_of_its_token(world, carol):
    for token in ("unknown-token", "another-token"):
        add_sighting(world, token)

        made = carol.call("POST", f"/api/unregistered/{token}/register").json

        assert made["name"].startswith("New device ")
        assert "unk" not in made["name"]


def test_a_name_that_contains_the_token_is_refused_without_repeating_it(world, carol):
    add_sighting(world, "unknown-token")
    body = {"name": "pump unknown-token"}

    answer = carol.call("POST", "/api/unregistered/unknown-token/register", json=body)

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "name")
    assert "unknown-token" not in answer.text


def test_a_short_token_is_refused_as_a_name_and_allowed_in_one(world, carol):
    add_sighting(world, "pump")

    equal = carol.call("POST", "/api/unregistered/pump/register", json={"name": "pump"})
    within = carol.call("POST", "/api/unregistered/pump/register", json={"name": "Boiler pump"})

    assert (equal.status_code, within.status_code) == (422, 201)


def test_an_answer_in_an_outage_logs_no_token(world, carol, monkeypatch, caplog):
    def away(*_args):
        raise StoreUnavailableError("mongodb", ConnectionError("refused"))

    monkeypatch.setattr(unregistered, "find", away)

    answer = carol.call("POST", "/api/unregistered/unknown-token/register")

    assert answer.status_code == 503
    assert "answered 503 to /api/unregistered/<" in caplog.text
    assert "unknown-token" not in caplog.text


def test_no_change_writes_a_token_into_the_audit_lines(world, carol):
    add_sighting(world, "unknown-token")
    [entry] = carol.get("/api/unregistered").json
    carol.call("DELETE", "/api/unregistered/unknown-token")
    carol.call("POST", "/api/unregistered", json=entry)
    carol.call("POST", "/api/unregistered/unknown-token/register")

    lines = [line["what"] for line in world.deps.db.audit.documents]

    label = "'token unk… (13 characters)', seen by mqtt"
    assert lines[:2] == [
        f"dismissed the unregistered device {label}", f"put back the unregistered device {label}",
    ]  # fmt: skip
    assert lines[2].startswith("registered the device 'New device ")
    assert "unknown-token" not in str(lines)


def test_it_may_get_a_name_and_another_owner(world, alice, carol):
    add_sighting(world, "unknown-token")
    body = {"name": "pump", "owner": "alice@example.com"}

    made = carol.call("POST", "/api/unregistered/unknown-token/register", json=body).json

    assert made["name"] == "pump"
    assert alice.get(f"/api/devices/{made['id']}").json["token"] == "unknown-token"


def test_a_device_behind_a_gateway_goes_to_the_gateways_owner(world, alice, carol):
    add_sighting(world, "meter/7", f"gateway {alice.device_id}")

    made = carol.call("POST", "/api/unregistered/meter%2F7/register").json

    assert made["name"] == "meter/7"
    assert made["token"] != "meter/7"
    assert alice.get(f"/api/devices/{made['id']}").status_code == 200


def test_an_owner_who_does_not_exist_is_named(world, carol):
    add_sighting(world, "unknown-token")
    body = {"owner": "nobody@example.com"}

    answer = carol.call("POST", "/api/unregistered/unknown-token/register", json=body)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "owner"
    assert len(world.deps.db.unregistered.documents) == 1


def test_a_token_that_no_device_may_have_is_refused(world, carol):
    add_sighting(world, "a#b")

    answer = carol.call("POST", "/api/unregistered/a%23b/register")

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "token"


def test_it_deletes_one(world, carol):
    add_sighting(world, "unknown-token")

    assert carol.call("DELETE", "/api/unregistered/unknown-token").status_code == 204
    assert carol.call("DELETE", "/api/unregistered/unknown-token").status_code == 404
    assert carol.call("POST", "/api/unregistered/unknown-token/register").status_code == 404


def test_one_that_was_dismissed_is_put_back_as_it_was(world, carol):
    add_sighting(world, "meter/7", "gateway 1")
    before = carol.get("/api/unregistered").json
    carol.call("DELETE", "/api/unregistered/meter%2F7")

    assert carol.call("POST", "/api/unregistered", json=before[0]).status_code == 204

    assert carol.get("/api/unregistered").json == before


def test_what_was_seen_meanwhile_is_added_to_one_that_is_put_back(world, carol):
    add_sighting(world, "unknown-token")
    [before] = carol.get("/api/unregistered").json
    carol.call("DELETE", "/api/unregistered/unknown-token")
    add_sighting(world, "unknown-token")

    carol.call("POST", "/api/unregistered", json=before)

    assert carol.get("/api/unregistered").json == [{**before, "count": 4}]


def is_due(world):
    now = utc_datetime(world.deps.clock.now_us())
    return bool(unregistered.due_for_notification(world.deps.db, ["gateway 1/meter"], now))


@pytest.mark.parametrize("is_undone", [True, False])
def test_forgetting_it_does_not_notify_the_admin_again_within_the_hour(world, carol, is_undone):
    sighting = UnregisteredDevice("gateway 1", "meter", 1, 1, 1, "{}")
    unregistered.note(world.deps.db, [sighting])
    now = utc_datetime(world.deps.clock.now_us())
    unregistered.claim(world.deps.db, [sighting.id], now)
    [entry] = carol.get("/api/unregistered").json

    carol.call("DELETE", "/api/unregistered/meter")
    if is_undone:
        carol.call("POST", "/api/unregistered", json=entry)
    unregistered.note(world.deps.db, [sighting])

    assert not is_due(world)
    world.deps.clock.advance(3600)
    assert is_due(world)


def test_what_was_forgotten_is_seen_by_nobody(world, carol):
    sighting = UnregisteredDevice("gateway 1", "meter", 1, 1, 1, "{}")
    unregistered.note(world.deps.db, [sighting])
    unregistered.claim(world.deps.db, [sighting.id], utc_datetime(world.deps.clock.now_us()))

    carol.call("DELETE", "/api/unregistered/meter")

    assert carol.get("/api/unregistered").json == []
    assert carol.get("/api/notifications").json == {"unregistered": 0, "unseen": 0, "items": []}
    assert carol.call("POST", "/api/unregistered/meter/register").status_code == 404


@pytest.mark.parametrize("wrong", [{"name": ""}, {"count": 0}, {"last_seen": -1}, {"other": 1}])
def test_an_entry_that_no_list_returned_is_refused(world, carol, wrong):
    add_sighting(world, "unknown-token")
    [entry] = carol.get("/api/unregistered").json

    answer = carol.call("POST", "/api/unregistered", json={**entry, **wrong})

    assert answer.status_code == 422
