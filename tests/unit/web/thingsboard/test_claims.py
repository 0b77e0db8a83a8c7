"""ThingsBoard's paths for claiming: the answers that its scripts and apps expect."""

import pytest

from qlines.store import claims
from qlines.store.claims import Claim

NOW_US = 1_800_000_000_000_000
PATH = "/api/customer/device/alice's%20device/claim"


@pytest.fixture
def script(world, bob):
    """Return a function that calls a path as a script for ThingsBoard does, for Bob."""

    def call(method, address=PATH, **options):
        headers = {"X-Authorization": f"ApiKey {bob.key}"}
        return world.client().open(address, method=method, headers=headers, **options)

    return call


def offer(world, device, secret="s"):
    claims.note(world.deps.db, [Claim(device, NOW_US, secret, 60_000)])


def test_success_has_the_device(world, alice, script):
    offer(world, alice.device_id)

    answer = script("POST", json={"secretKey": "s"})

    assert answer.status_code == 200
    assert answer.json["response"] == "SUCCESS"
    assert answer.json["device"]["id"] == {"entityType": "DEVICE", "id": alice.device_id}
    assert answer.json["device"]["name"] == "alice's device"


@pytest.mark.parametrize("options", [{}, {"json": {}}, {"json": {"secretKey": None}}])
def test_without_a_secret_it_is_empty(world, alice, script, options):
    offer(world, alice.device_id, "")

    assert script("POST", **options).json["response"] == "SUCCESS"


def test_a_wrong_secret_is_a_failure_and_the_only_try(world, alice, script):
    offer(world, alice.device_id)

    for secret in ("guess", "s"):
        answer = script("POST", json={"secretKey": secret})
        assert (answer.status_code, answer.json) == (400, "FAILURE")


def test_a_device_that_nobody_has_is_a_failure_too(script):
    answer = script("POST", "/api/customer/device/none/claim", json={"secretKey": "s"})

    assert (answer.status_code, answer.json) == (400, "FAILURE")


def test_what_was_claimed_is_claimed(world, alice, carol, script):
    offer(world, alice.device_id)
    carol.call("POST", "/api/claims", json={"name": "alice's device", "secret": "s"})

    answer = script("POST", json={"secretKey": "s"})

    assert (answer.status_code, answer.json) == (400, "CLAIMED")


def test_ones_own_device_is_claimed(world, alice, script):
    offer(world, alice.device_id)
    script("POST", json={"secretKey": "s"})

    answer = script("POST", json={"secretKey": "s"})

    assert (answer.status_code, answer.json) == (400, "CLAIMED")


def test_it_is_given_back_with_200_and_no_body(world, alice, script):
    offer(world, alice.device_id)
    script("POST", json={"secretKey": "s"})

    answer = script("DELETE")

    assert (answer.status_code, answer.data) == (200, b"")
    assert alice.get(f"/api/devices/{alice.device_id}").status_code == 200
    assert script("DELETE").status_code == 404


def test_a_name_may_have_a_slash(world, alice, script):
    alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"name": "hall/meter 1"})
    offer(world, alice.device_id)

    answer = script("POST", "/api/customer/device/hall/meter%201/claim", json={"secretKey": "s"})

    assert answer.json["response"] == "SUCCESS"
