import itertools
import json
import threading
from collections import Counter

import pytest

from qlines.clock import FakeClock, utc_datetime
from qlines.downlink import responder as module
from qlines.downlink.call_message import Call, Result
from qlines.downlink.listeners import Listeners
from qlines.downlink.responder import MAX_AT_ONCE, MAX_OF_A_DEVICE, MAX_WAITING, Responder
from qlines.downlink.wire import NO_TAG, Request, Session
from qlines.errors import StoreUnavailableError
from qlines.store import attributes, devices, owner_attributes, rejected
from tests.fakes.mongo import FakeMongo

PUMP = "a" * 24
CLIENT = f"{PUMP}/pump"
ATTRIBUTES = "v1/devices/me/attributes/request/3"


class FakeWebhooks:
    """Takes calls, or refuses each with the error that a test sets."""

    def __init__(self):
        self.begun, self.error = [], ""

    def begin(self, call, done):
        if self.error:
            return Result(b"", self.error)
        self.begun.append((call, done))
        return None


class Room:
    """A responder, and what it sent."""

    def __init__(self):
        self.db, self.clock, self.counters = FakeMongo(), FakeClock(), Counter()
        self.orders, self.listeners = [], Listeners()
        self.webhooks, self.woken = FakeWebhooks(), threading.Event()
        self.responder = Responder(
            self.db, self.listeners, self.orders.append, self.webhooks, self.woken,
            counters=self.counters, clock=self.clock,
        )  # fmt: skip

    def asks(self, topic, payload=b"{}"):
        self.responder.take(Request(CLIENT, topic, payload))
        self.responder.run_once()

    def answers(self):
        return [(order.topic, json.loads(order.payload)) for order in self.orders]


@pytest.fixture
def room():
    return Room()


@pytest.fixture
def values(room):
    now = utc_datetime(room.clock.now_us())
    attributes.merge(room.db, [(PUMP, "firmware", 1, "1.2")])
    owner_attributes.set_values(room.db, PUMP, "shared", {"target": 21}, "alice", now)
    owner_attributes.set_values(room.db, PUMP, "server", {"note": "cellar"}, "alice", now)


@pytest.mark.usefixtures("values")
@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("{}", {"client": {"firmware": "1.2"}, "shared": {"target": 21}}),
        ('{"clientKeys": "firmware,x"}', {"client": {"firmware": "1.2"}}),
        ('{"sharedKeys": "target,note,"}', {"shared": {"target": 21}}),
        ('{"sharedKeys": "x"}', {}),
    ],
)
def test_a_device_gets_the_attributes_that_it_asks_for_and_none_of_the_server(
    room, asked, answered
):
    room.asks(ATTRIBUTES, asked.encode())

    assert room.answers() == [("v1/devices/me/attributes/response/3", answered)]


def test_the_answer_goes_to_who_asked_as_it_wants_answers(room):
    room.listeners.apply(Session(CLIENT, {"v1/devices/me/attributes/response/+": 0}))

    room.asks(ATTRIBUTES)

    (order,) = room.orders
    assert (order.client_id, order.qos, order.tag) == (CLIENT, 0, NO_TAG)


class TestCall:
    """A device calls a method."""

    CALL = b'{"method": "getPrice", "params": {"of": "water"}}'

    @pytest.fixture
    def room(self):
        room = Room()
        device = devices.add(room.db, "b" * 24, "pump")
        room.device = str(device["_id"])
        room.client = f"{room.device}/pump"
        return room

    def calls(self, room, topic="v1/devices/me/rpc/request/7", payload=CALL):
        room.responder.take(Request(room.client, topic, payload))
        room.responder.run_once()

    def test_the_webhooks_get_it_and_the_device_its_answer(self, room):
        self.calls(room)

        ((call, done),) = room.webhooks.begun
        assert call == Call(room.device, "pump", "b" * 24, "getPrice", {"of": "water"}, 7)
        assert room.orders == []
        assert not room.woken.is_set()
        done(Result(b'{"euro": 2}', ""))
        assert room.woken.is_set()
        assert not room.responder.is_idle

        room.responder.send_answers()

        assert room.answers() == [("v1/devices/me/rpc/response/7", {"euro": 2})]
        assert room.orders[0].client_id == room.client
        assert room.responder.is_idle

    def test_others_get_their_answers_while_a_webhook_thinks(self, room):
        self.calls(room)
        room.responder.take(Request(room.client, ATTRIBUTES, b"{}"))
        room.responder.run_once()

        assert room.answers() == [("v1/devices/me/attributes/response/3", {})]

    def test_an_error_that_is_known_at_once_is_answered_at_once(self, room):
        room.webhooks.error = "there is no webhook"

        self.calls(room, topic="v2/r/req/3")

        assert room.answers() == [("v2/r/res/3", {"error": "there is no webhook"})]

    def test_a_device_that_was_removed_while_it_called_is_not_answered(self, room):
        devices.remove(room.db, room.device, utc_datetime(room.clock.now_us()))

        self.calls(room)

        assert (room.orders, room.webhooks.begun) == ([], [])


class TestGateway:
    """A gateway asks for the attributes of another device of its owner."""

    REQUEST = "v1/gateway/attributes/request"

    def room(self, *, gateway=True):
        room = Room()
        speaker = devices.add(room.db, "b" * 24, "hub", gateway=gateway)
        sensor = devices.add(room.db, "b" * 24, "sensor")
        devices.add(room.db, "c" * 24, "of another owner")
        attributes.merge(room.db, [(str(sensor["_id"]), "firmware", 1, "1.2")])
        room.client = f"{speaker['_id']}/hub"
        return room

    def asks(self, room, **body):
        payload = json.dumps({"id": 4, "client": True, "key": "firmware", **body}).encode()
        room.responder.take(Request(room.client, self.REQUEST, payload))
        room.responder.run_once()
        return rejected.of_device(room.db, room.client.partition("/")[0])

    def test_it_gets_them_under_the_name(self):
        room = self.room()

        assert self.asks(room, device="sensor") == []

        answer = {"id": 4, "device": "sensor", "value": "1.2"}
        assert room.answers() == [("v1/gateway/attributes/response", answer)]

    @pytest.mark.parametrize("name", ["of another owner", "unknown"])
    def test_it_learns_nothing_of_others(self, name):
        room = self.room()

        (shown,) = self.asks(room, device=name)

        assert f'has no device "{name}"' in shown.reason
        assert room.orders == []

    def test_a_device_that_is_not_a_gateway_speaks_for_itself_only(self):
        room = self.room(gateway=False)

        (shown,) = self.asks(room, device="sensor")

        assert "is for gateways" in shown.reason
        assert room.orders == []

    def test_one_that_was_removed_while_it_asked_is_not_answered(self):
        room = self.room()
        room.client = f"{'d' * 24}/hub"

        assert self.asks(room, device="sensor") == []
        assert room.orders == []


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("v1/devices/me/attributes/request/x", b"{}"),
        (ATTRIBUTES, b"nothing"),
        ("v1/devices/me/claim", b"{}"),
        ("v1/devices/me/rpc/request/1", b"{}"),
    ],
)
def test_what_cannot_be_understood_is_shown_to_the_owner(room, topic, payload):
    room.asks(topic, payload)

    (shown,) = rejected.of_device(room.db, PUMP)
    assert (shown.topic, shown.payload) == (topic, payload.decode())
    assert shown.reason
    assert room.orders == []
    assert room.counters["requests_rejected"] == 1


def test_without_mongodb_requests_are_dropped_and_counted(room, monkeypatch):
    def away(*_):
        raise StoreUnavailableError("mongodb", LookupError("away"))

    monkeypatch.setattr(module.attributes, "of_device", away)
    for _ in range(3):
        room.responder.take(Request(CLIENT, ATTRIBUTES, b"{}"))
    with pytest.raises(StoreUnavailableError):
        room.responder.run_once()
    room.responder.run_once()

    assert room.orders == []
    assert room.counters["requests_unanswered"] == 3


def fill(room, devices, each):
    for device, _ in itertools.product(range(devices), range(each)):
        client = f"{device:024x}/pump"
        room.responder.take(Request(client, "v2/a/req/1", b"{}"))


def test_no_more_than_so_many_wait(room):
    fill(room, MAX_WAITING + 2, 1)
    while not room.responder.is_idle:
        room.responder.run_once()

    assert (len(room.orders), room.counters["requests_unanswered"]) == (MAX_WAITING, 2)


def test_a_device_that_asks_without_end_keeps_no_other_from_its_answer(room):
    fill(room, 2, MAX_OF_A_DEVICE + 3)
    room.responder.run_once()
    assert len(room.orders) == 2 * MAX_OF_A_DEVICE

    fill(room, 1, 1)
    room.responder.run_once()

    assert len(room.orders) == 2 * MAX_OF_A_DEVICE + 1


def test_only_some_are_answered_before_commands_are_sent(room):
    fill(room, MAX_AT_ONCE + 1, 1)

    room.responder.run_once()

    assert len(room.orders) == MAX_AT_ONCE
    assert not room.responder.is_idle


def test_an_answer_that_does_not_fit_into_a_message_is_said_to_the_owner(room):
    attributes.merge(room.db, [(PUMP, f"key {number}", 1, "x" * 30_000) for number in range(3)])

    room.asks(ATTRIBUTES)

    (shown,) = rejected.of_device(room.db, PUMP)
    assert "ask for fewer keys" in shown.reason
    assert room.orders == []
