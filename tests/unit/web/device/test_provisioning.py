"""A device asks for a token over HTTP."""

import json
from types import SimpleNamespace

import pytest

from qlines.clock import FakeClock
from qlines.errors import FieldError
from qlines.store.provisioning import Provisioned
from qlines.web.device.address_limit import MAX_FAILURES_PER_MINUTE
from qlines.web.device.provisioning import MAX_WAIT_SECONDS, Provisioning

SUCCESS = {"status": "SUCCESS", "credentialsValue": "new"}
FAILURE = {"status": "FAILURE", "errorMsg": "taken"}
HERE, THERE = "192.0.2.7", "192.0.2.8"


@pytest.fixture
def http():
    clock = FakeClock()
    world = SimpleNamespace(clock=clock, asked=[], result=Provisioned(SUCCESS), known=["new"])

    def provision(body, address):
        world.asked.append((body, address))
        if "provisionDeviceKey" not in body:
            raise FieldError("provisionDeviceKey", "must be text")
        return world.result

    registry = SimpleNamespace(device_by_token=lambda token, _: token in world.known or None)
    provisioning = Provisioning(provision, registry, clock)

    def send(payload=b'{"provisionDeviceKey": "k"}', address=HERE):
        return provisioning.answer({"REMOTE_ADDR": address}, payload)

    world.send = send
    return world


def test_the_answer_is_200_with_the_result(http):
    for result in (SUCCESS, FAILURE):
        http.result = Provisioned(result)
        answer = http.send()
        assert (answer.status, json.loads(answer.body)) == (200, result)

    assert http.asked[0] == ({"provisionDeviceKey": "k"}, HERE)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'"text"', b"null", b"[" * 5000, b"{}"])
def test_a_body_that_is_no_request_is_refused(http, payload):
    answer = http.send(payload)

    assert answer.status == 400
    assert "must be" in json.loads(answer.body)["detail"]


def test_a_body_that_is_too_large_is_refused(http):
    assert http.send(None).status == 413


def test_it_is_held_back_until_the_device_can_connect_but_not_for_ever(http):
    http.result = Provisioned(SUCCESS, "new")
    before = http.clock.monotonic()
    http.send()
    assert http.clock.monotonic() == before

    http.known = []
    assert http.send().status == 200
    assert http.clock.monotonic() >= before + MAX_WAIT_SECONDS


def test_an_address_of_which_too_many_failed_waits_for_the_next_minute(http):
    http.result = Provisioned(FAILURE)
    statuses = [http.send().status for _ in range(MAX_FAILURES_PER_MINUTE)]
    refused = http.send()

    assert set(statuses) == {200}
    assert refused.status == 429
    assert len(http.asked) == MAX_FAILURES_PER_MINUTE
    assert http.send(address=THERE).status == 200
    http.clock.advance(int(dict(refused.headers)["Retry-After"]))
    assert http.send().status == 200


def test_the_addresses_of_a_network_of_ipv6_count_as_one(http):
    http.result = Provisioned(FAILURE)
    for number in range(MAX_FAILURES_PER_MINUTE):
        http.send(address=f"2001:db8::{number:x}")

    assert http.send(address="2001:db8::ffff").status == 429
    assert http.send(address="2001:db8:0:1::1").status == 200


def test_devices_that_succeed_are_not_limited(http):
    statuses = {http.send().status for _ in range(2 * MAX_FAILURES_PER_MINUTE)}

    assert statuses == {200}
