"""Connections that ask for a token: bounded in number, time, requests and rate."""

import ctypes

import pytest

SECOND_US = 1_000_000
START_US = 1_000 * SECOND_US
TAKEN, DROPPED, TOO_MANY = 0, 1, 2
MAX, PLACES = 200, 256
ADDRESS = b"192.0.2.7"


class Provisioners:
    """Clients by number, and the time in seconds since the start."""

    def __init__(self, plugin):
        self._plugin = plugin
        for name in ("charge", "add", "has", "is_id"):
            getattr(plugin, f"provisioners_{name}").restype = ctypes.c_bool
        plugin.provisioners_clear()

    def at(self, name, *given, seconds=0.0):
        now_us = ctypes.c_uint64(START_US + round(seconds * SECOND_US))
        return getattr(self._plugin, f"provisioners_{name}")(*given, now_us)

    def __getattr__(self, name):
        return getattr(self._plugin, f"provisioners_{name}")


@pytest.fixture
def provisioners(plugin):
    return Provisioners(plugin)


@pytest.mark.parametrize(
    ("name", "asks"),
    [(b"provision", True), (b"Provision", False), (b"provision/1", False), (b"", False)],
)
def test_it_is_asked_for_by_one_name(plugin, name, asks):
    plugin.provisioning_is_asked.restype = ctypes.c_bool

    assert plugin.provisioning_is_asked(name) is asks
    assert not plugin.provisioning_is_asked(None)


def test_each_has_an_id_of_its_own_in_the_broker(provisioners):
    for number in (3, 4):
        assert provisioners.at("add", number)

    assert provisioners.is_id(b"provision/1", 3)
    assert provisioners.is_id(b"provision/2", 4)
    for other in (b"provision/3", b"provision/", b"provision/01", b"provision/1x", b"x"):
        assert not provisioners.is_id(other, 3)


def test_the_id_of_one_that_has_ended_is_never_given_again(provisioners):
    provisioners.at("add", 1)
    provisioners.end(1)
    assert not provisioners.has(1)

    provisioners.at("add", 2)

    assert not provisioners.is_id(b"provision/1", 2)
    assert provisioners.is_id(b"provision/2", 2)


def test_the_end_of_another_client_changes_nothing(provisioners):
    provisioners.at("add", 1)

    provisioners.end(2)

    assert provisioners.count() == 1


def test_without_an_answer_it_is_closed_after_a_minute(provisioners):
    provisioners.at("add", 1)

    provisioners.at("tick", seconds=59)
    assert provisioners.has(1)
    provisioners.at("tick", seconds=60)

    assert not provisioners.has(1)


def test_it_is_closed_a_minute_after_the_first_answer(provisioners):
    provisioners.at("add", 1)
    provisioners.at("answered", 1, seconds=30)
    provisioners.at("answered", 1, seconds=80)

    provisioners.at("tick", seconds=89)
    assert provisioners.has(1)
    provisioners.at("tick", seconds=90)

    assert not provisioners.has(1)


def test_a_request_waits_for_the_answer_to_the_one_before(provisioners):
    provisioners.at("add", 1)

    assert provisioners.at("ask", 1) == TAKEN
    assert provisioners.at("ask", 1, seconds=1) == DROPPED
    provisioners.at("answered", 1, seconds=2)
    assert provisioners.at("ask", 1, seconds=3) == TAKEN


def test_one_whose_answer_was_lost_is_passed_on_again(provisioners):
    provisioners.at("add", 1)
    provisioners.at("ask", 1)

    assert provisioners.at("ask", 1, seconds=10) == TAKEN


def test_a_connection_may_ask_ten_times(provisioners):
    provisioners.at("add", 1)
    for _ in range(10):
        assert provisioners.at("ask", 1) == TAKEN
        provisioners.at("answered", 1)

    assert provisioners.at("ask", 1) == TOO_MANY


def test_beyond_the_limit_the_oldest_is_closed(provisioners):
    for number in range(MAX + 2):
        assert provisioners.at("add", number)

    provisioners.at("tick")

    assert provisioners.count() == MAX
    assert [provisioners.has(number) for number in (0, 1, 2, MAX + 1)] == [False, False, True, True]


def test_no_more_than_there_are_places_come_in_one_turn_of_the_loop(provisioners):
    for number in range(PLACES):
        assert provisioners.at("add", number)

    assert not provisioners.at("add", PLACES)
    provisioners.end(7)
    assert provisioners.at("add", PLACES)


def test_an_address_may_come_ten_times_a_second_after_a_burst(provisioners):
    came = 0
    while provisioners.at("charge", ADDRESS) and came < 1_000:
        came += 1

    assert 50 <= came <= 51
    assert not provisioners.at("charge", ADDRESS)
    assert provisioners.at("charge", b"192.0.2.8")
    for tenth in range(1, 50):
        assert provisioners.at("charge", ADDRESS, seconds=tenth / 10)


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        (b"2001:db8::1", b"2001:db8::ffff:2", True),
        (b"2001:db8:0:1::1", b"2001:db8:0:2::1", False),
        (b"::ffff:192.0.2.7", b"::ffff:192.0.2.8", False),
    ],
)
def test_the_addresses_of_a_network_of_ipv6_are_charged_as_one(provisioners, first, second, is_one):
    while provisioners.at("charge", first):
        pass

    assert provisioners.at("charge", second) is not is_one


def test_one_without_an_address_is_charged_too(provisioners):
    for _ in range(60):
        provisioners.at("charge", None)

    assert not provisioners.at("charge", None)
