"""What is said to the control client, and that one that does not read costs no memory."""

import ctypes

import pytest

from qlines.downlink.wire import Ended, Hello, Provision, Request, Result, Results, Session, Synced
from tests.unit.broker.connected_devices import Devices

DEVICES = 10
REPORTS_PER_TURN = 500
MAX_WAITING = 100
MAX_BEHIND = 5_000
MINUTE_US = 60_000_000


@pytest.fixture
def devices(plugin, published):
    devices = Devices(plugin, published, DEVICES)
    yield devices
    devices.disconnect()


@pytest.fixture
def kicked(plugin):
    """Return a function that returns whom the broker has disconnected."""
    last_kicked = (ctypes.c_char * 64).in_dll(plugin, "last_kicked")
    last_kicked.value = b""

    def kicked() -> str:
        return last_kicked.value.decode()

    return kicked


@pytest.fixture
def synced(devices):
    """Greet the control client, and forget that."""
    devices.turn()
    assert devices.events()[-1] == Synced()
    return devices


def said_since(devices, count):
    return devices.events()[count:]


def session(number):
    return Session(str(number), {"filter": 1})


def test_a_hello_is_followed_by_every_session_that_can_be_sent_to(devices):
    for number in (2, 5):
        devices.subscribe(number)

    devices.turn()

    first, *sessions, last = devices.events()
    assert isinstance(first, Hello)
    assert sorted(sessions) == [session(2), session(5)]
    assert last == Synced()


def test_sessions_that_take_long_to_report_are_spread_over_several_turns(devices):
    for number in range(DEVICES):
        devices.subscribe(number)
    devices.search(ctypes.c_uint64(1_000))

    devices.turn()

    assert 0 < len(devices.events()) < DEVICES
    assert Synced() not in devices.events()
    devices.turn(DEVICES)
    assert devices.events()[-1] == Synced()
    assert sorted(event for event in devices.events() if isinstance(event, Session)) == [
        session(number) for number in range(DEVICES)
    ]


def test_no_more_than_some_sessions_are_reported_in_one_turn(plugin, published):
    devices = Devices(plugin, published, 2 * REPORTS_PER_TURN)
    for number in range(devices.count):
        devices.subscribe(number)

    devices.turn()

    assert 1 < len(devices.events()) <= 1 + REPORTS_PER_TURN
    devices.turn(devices.count)
    assert len(devices.events()) == 1 + devices.count + 1
    devices.disconnect()


def test_changes_wait_while_the_client_does_not_read_and_are_said_once(synced):
    before = len(synced.events())
    synced.control_waits(MAX_WAITING + 1)

    for _ in range(1_000):
        synced.subscribe(3)
        synced.turn()
    assert said_since(synced, before) == []
    synced.control_waits(MAX_WAITING)
    synced.turn(2)

    assert said_since(synced, before) == [session(3)]


def test_results_wait_while_the_client_does_not_read(synced):
    before = len(synced.events())
    synced.control_waits(MAX_WAITING + 1)

    for tag in (1, 2):
        synced.result(ctypes.c_uint64(tag))
        synced.turn()
    assert said_since(synced, before) == []
    synced.control_waits(0)
    synced.turn()

    assert said_since(synced, before) == [Results([(1, 1), (2, 1)])]


def test_a_client_that_is_too_far_behind_is_disconnected(synced, kicked):
    synced.control_waits(MAX_WAITING + 1)
    for tag in range(1, MAX_BEHIND - MAX_WAITING):
        synced.result(ctypes.c_uint64(tag))
    synced.turn()
    assert kicked() == ""

    synced.result(ctypes.c_uint64(MAX_BEHIND))
    synced.turn()

    assert kicked() == "qlines-control"


def test_nothing_more_is_sent_to_a_client_that_will_be_disconnected(synced, kicked):
    before = len(synced.events())
    synced.subscribe(1)
    synced.turn()
    synced.control_waits(MAX_BEHIND + 1)

    synced.end_session(1)

    assert said_since(synced, before) == [session(1)]
    synced.turn()
    assert kicked() == "qlines-control"


def test_a_request_comes_after_what_the_device_subscribed_to_before(synced):
    before = len(synced.events())
    synced.subscribe(4)

    assert synced.request(4)

    assert said_since(synced, before) == [session(4), Request("4", "topic", b"payload")]
    synced.turn()
    assert len(said_since(synced, before)) == 2


def test_a_request_of_a_device_without_a_subscription_comes_too(synced):
    before = len(synced.events())

    assert synced.request(4)

    assert said_since(synced, before) == [Request("4", "topic", b"payload")]


def test_a_request_is_dropped_while_the_client_does_not_read(synced):
    before = len(synced.events())

    synced.control_waits(MAX_WAITING + 1)
    assert not synced.request(4)
    synced.control_waits(MAX_WAITING)
    assert synced.request(4)

    assert len(said_since(synced, before)) == 1


def test_a_request_is_dropped_before_the_hello(devices):
    assert not devices.request(4)

    assert devices.events() == []


def test_a_request_for_a_token_has_the_address_and_is_dropped_likewise(synced):
    before = len(synced.events())

    assert synced.provision()
    synced.control_waits(MAX_WAITING + 1)
    assert not synced.provision()

    assert said_since(synced, before) == [Provision("provision/1", "192.0.2.7", b"payload")]


def test_a_request_for_a_token_is_dropped_before_the_hello(devices):
    assert not devices.provision()

    assert devices.events() == []


def test_an_answer_goes_to_the_connection_that_asked_which_is_closed_a_minute_later(
    synced, published
):
    synced.ask_for_a_token(4)
    assert synced.closes_at_us(4) == MINUTE_US
    for client_id in (b"provision/1", b"provision/2"):
        synced.answer(client_id)

    synced.turn(2)

    assert ("provision/1", b"") in published
    assert synced.results(Result.DELIVERED) == synced.results(Result.NOT_CONNECTED) == 1
    assert synced.closes_at_us(4) > MINUTE_US


def test_the_end_of_a_session_is_said_when_the_session_was(synced):
    before = len(synced.events())
    synced.subscribe(1)
    synced.turn()

    for number in (1, 2):
        synced.end_session(number)

    assert said_since(synced, before) == [session(1), Ended("1", is_kept=False)]
