"""Products: added, changed, removed; their keys; their devices, and those that wait."""

import pytest

from qlines.clock import utc_datetime
from qlines.store.provisioning import provision

NEW = {
    "name": "Meter", "strategy": "create_new_devices", "quarantine": False, "max_devices": 1_000,
    "max_devices_per_minute": 60, "devices": 0, "provisioned": 0,
}  # fmt: skip


@pytest.fixture
def add(alice):
    def add_product(status=201, **fields):
        answer = alice.call("POST", "/api/products", json={"name": "Meter", **fields})
        assert answer.status_code == status, answer.text
        return answer.json

    return add_product


@pytest.fixture
def ask(world):
    def ask_for_token(product, **fields):
        keys = {"provisionDeviceKey": product["key"], "provisionDeviceSecret": product["secret"]}
        now = utc_datetime(world.deps.clock.now_us())
        return provision(world.deps.db, {**keys, **fields}, "192.0.2.7", now).answer

    return ask_for_token


def test_a_product_needs_a_name_and_comes_with_a_key(alice, add):
    made = add()

    assert {**made, **NEW} == made
    assert (len(made["key"]), len(made["secret"])) == (20, 32)
    assert alice.get("/api/products").json == [made]
    assert alice.get(f"/api/products/{made['id']}").json == made


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "1 to 128 characters"),
        ({"strategy": "all"}, "must be one of disabled, create_new_devices, check_pre_provisioned"),
        ({"quarantine": "yes"}, "must be true or false"),
        ({"max_devices": 0}, "must be 1 to 1,000,000, or null for no limit, got 0"),
        ({"max_devices_per_minute": "5"}, "Not a valid integer"),
        ({"secret": "mine"}, "Unknown field"),
    ],
)
def test_a_bad_field_is_refused(add, fields, reason):
    answer = add(422, **fields)

    assert reason in answer["errors"][0]["reason"]


def test_what_is_not_given_stays_and_a_limit_can_be_taken_away(alice, add):
    made = add(quarantine=True)

    change = {"max_devices": None, "name": "Pump"}
    answer = alice.call("PATCH", f"/api/products/{made['id']}", json=change)

    assert answer.json == {**made, **change}
    assert alice.call("PATCH", f"/api/products/{made['id']}", json={}).status_code == 422


def test_a_new_key_replaces_the_old_one(alice, add, ask):
    old = add()

    new = alice.call("POST", f"/api/products/{old['id']}/key").json

    assert not {new["key"], new["secret"]} & {old["key"], old["secret"]}
    assert [ask(one)["status"] for one in (old, new)] == ["NOT_FOUND", "SUCCESS"]


def test_a_device_says_its_product_and_when_it_got_its_token(world, alice, add, ask):
    product = add()
    ask(product, deviceName="meter 1")

    [device] = alice.get("/api/devices?search=meter").json["items"]

    assert device["product"] == product["id"]
    assert device["provisioned_at"] == world.deps.clock.now_us() // 1000
    assert device["provision_until"] is None
    assert alice.get(f"/api/products/{product['id']}").json["devices"] == 1


def test_a_device_gets_a_product_of_its_owner_or_none(alice, bob, add):
    path, product = f"/api/devices/{alice.device_id}", add()["id"]
    bobs = bob.call("POST", "/api/products", json={"name": "Meter"}).json["id"]

    with_product = alice.call("PATCH", path, json={"product": product, "name": "new"}).json
    assert (with_product["product"], with_product["name"]) == (product, "new")
    assert alice.call("PATCH", path, json={"product": bobs}).status_code == 404
    assert alice.call("PATCH", path, json={"product": None}).json["product"] is None


def test_devices_with_a_tag_become_devices_of_the_product(alice, add):
    for name in ("a", "b"):
        alice.call("POST", "/api/devices", json={"name": name, "tags": ["cellar"]})
    first, second = add(), add(name="Other")

    counts = [
        alice.call("POST", f"/api/products/{product['id']}/devices", json={"tag": tag}).json
        for product, tag in ((first, "attic"), (first, "cellar"), (second, "cellar"))
    ]

    assert counts == [{"count": 0}, {"count": 2}, {"count": 0}]


def test_a_device_may_provision_again_for_so_long(world, alice, add, ask):
    product = add(strategy="check_pre_provisioned")
    path = f"/api/devices/{alice.device_id}"
    provisioning = f"{path}/provisioning"
    assert alice.call("POST", provisioning, json={"seconds": 60}).status_code == 409
    alice.call("PATCH", path, json={"product": product["id"]})
    ask(product, deviceName=alice.device["name"])

    until = alice.call("POST", provisioning, json={"seconds": 60}).json["provision_until"]
    assert until == world.deps.clock.now_us() // 1000 + 60_000
    again = ask(product, deviceName=alice.device["name"])

    assert again["credentialsValue"] != alice.device["token"]
    assert alice.get(path).json["token"] == again["credentialsValue"]
    assert alice.call("POST", provisioning, json={"seconds": 604_801}).status_code == 422
    ended = [alice.call("POST", provisioning, json={"seconds": each}) for each in (60, 0)]
    assert ended[-1].json["provision_until"] is None


def test_devices_wait_until_they_are_approved_or_refused(alice, add, ask):
    product = add(quarantine=True)
    token = ask(product, deviceName="1")["credentialsValue"]
    ask(product, deviceName="2", gateway=True)

    waiting = alice.get("/api/waiting-devices").json
    assert waiting["total"] == 2
    assert {**waiting["items"][1], "id": "", "since": 0} == {
        "id": "", "name": "2", "product": {"id": product["id"], "name": "Meter"},
        "gateway": True, "address": "192.0.2.7", "since": 0,
    }  # fmt: skip
    first, second = ([one["id"]] for one in waiting["items"])
    [approved] = alice.call("POST", "/api/waiting-devices/approve", json={"devices": first}).json
    refused = alice.call("POST", "/api/waiting-devices/refuse", json={"devices": second})

    assert (approved["id"], approved["token"]) == (first[0], token)
    assert refused.json == {"count": 1}
    assert alice.get("/api/waiting-devices").json == {"items": [], "total": 0}
    again = alice.call("POST", "/api/waiting-devices/approve", json={"devices": first})
    assert again.status_code == 404
    assert "approved or refused it" in again.json["detail"]


def test_a_product_is_removed_once_nothing_waits_and_its_devices_stay(alice, add, ask):
    product = add(quarantine=True)
    ask(product, deviceName="1")
    path = f"/api/products/{product['id']}"
    assert alice.call("DELETE", path).status_code == 409
    waiting = alice.get("/api/waiting-devices").json["items"]
    body = {"devices": [waiting[0]["id"]]}
    alice.call("POST", "/api/waiting-devices/approve", json=body)

    assert alice.call("DELETE", path).status_code == 204

    assert alice.get(f"/api/devices/{waiting[0]['id']}").json["product"] is None
    assert ask(product)["status"] == "NOT_FOUND"
