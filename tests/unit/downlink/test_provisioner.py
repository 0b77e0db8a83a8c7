import json
from collections import Counter

import pytest

from qlines.clock import FakeClock, utc_datetime
from qlines.downlink import provisioner as module
from qlines.downlink.provisioner import MAX_AT_ONCE, MAX_WAITING, Provisioner
from qlines.downlink.wire import NO_TAG, Order, Provision
from qlines.errors import FieldError, StoreUnavailableError
from qlines.store.provisioning import Provisioned

CLIENT, ADDRESS = "provision/7", "192.0.2.7"
BODY = {"provisionDeviceKey": "k", "provisionDeviceSecret": "s"}
SUCCESS = {"status": "SUCCESS", "credentialsType": "ACCESS_TOKEN", "credentialsValue": "new"}


class Room:
    """A provisioner, what it was asked to do and what it sent."""

    def __init__(self, monkeypatch):
        self.clock, self.counters = FakeClock(), Counter()
        self.orders, self.asked, self.known = [], [], set()
        self.result = Provisioned(SUCCESS)
        monkeypatch.setattr(module, "provision", self._provision)
        self.provisioner = Provisioner(
            None, self.orders.append, self.known.__contains__, self.counters, self.clock
        )

    def _provision(self, _db, body, address, now):
        self.asked.append((body, address, now))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def asks(self, payload=None, client_id=CLIENT):
        payload = json.dumps(BODY).encode() if payload is None else payload
        self.provisioner.take(Provision(client_id, ADDRESS, payload))

    def answers(self):
        return [json.loads(order.payload) for order in self.orders]


@pytest.fixture
def room(monkeypatch):
    return Room(monkeypatch)


def test_a_request_is_answered_to_who_asked(room):
    room.asks()
    room.provisioner.run_once()

    payload = json.dumps(SUCCESS, separators=(",", ":")).encode()
    assert room.orders == [Order(NO_TAG, CLIENT, "/provision/response", payload)]
    assert room.asked == [(BODY, ADDRESS, utc_datetime(room.clock.now_us()))]
    assert room.counters == {"provisions_answered": 1}


def test_an_answer_with_a_token_waits_until_the_registry_has_it(room):
    room.result = Provisioned(SUCCESS, token="new")
    room.asks()
    room.provisioner.run_once()
    room.provisioner.run_once()
    assert room.orders == []
    assert room.provisioner.wait_seconds(1.0) < 0.1

    room.known.add("new")
    room.provisioner.run_once()

    assert room.answers() == [SUCCESS]
    assert room.provisioner.wait_seconds(1.0) == 1.0


def test_it_does_not_wait_for_ever(room):
    room.result = Provisioned(SUCCESS, token="new")
    room.asks()
    room.provisioner.run_once()

    room.clock.advance(2)
    room.provisioner.run_once()

    assert room.answers() == [SUCCESS]


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_not_an_object_is_answered_with_the_rule(room, payload):
    room.asks(payload)
    room.provisioner.run_once()

    (answer,) = room.answers()
    assert answer["status"] == "FAILURE"
    assert '{"provisionDeviceKey": "k", "provisionDeviceSecret": "s"}' in answer["errorMsg"]
    assert room.asked == []


def test_a_request_without_a_key_is_answered_with_the_rule(room):
    room.result = FieldError("provisionDeviceKey", "must be text, got nothing")
    room.asks()
    room.provisioner.run_once()

    assert room.answers() == [
        {"status": "FAILURE", "errorMsg": "provisionDeviceKey must be text, got nothing"}
    ]


def test_some_are_answered_at_once_so_that_commands_are_sent_in_between(room):
    for _ in range(MAX_AT_ONCE + 1):
        room.asks()

    room.provisioner.run_once()
    assert len(room.orders) == MAX_AT_ONCE
    assert room.provisioner.wait_seconds(1.0) == 0.0
    room.provisioner.run_once()

    assert len(room.orders) == MAX_AT_ONCE + 1


def test_what_is_too_many_is_dropped_and_counted(room):
    for _ in range(MAX_WAITING + 3):
        room.asks()

    assert room.counters["provisions_unanswered"] == 3


def test_a_request_that_is_too_old_is_not_carried_out(room):
    room.asks()
    room.clock.advance(10.5)

    room.provisioner.run_once()

    assert room.asked == []
    assert room.counters == {"provisions_unanswered": 1}


def test_without_mongodb_what_waits_is_dropped_and_counted(room):
    room.result = StoreUnavailableError("mongodb", OSError("away"))
    for _ in range(3):
        room.asks()

    with pytest.raises(StoreUnavailableError):
        room.provisioner.run_once()
    room.provisioner.run_once()

    assert room.orders == []
    assert room.counters["provisions_unanswered"] == 3
