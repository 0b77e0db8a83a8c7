"""Meters: a device's outlives its connections, and is freed when it equals a new one."""

import ctypes

import pytest

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
NOW_US = 10 * DAY_US
METERS_BYTES = 8 * 16_384 + 8
MAX_KEPT_SESSIONS = 16


class Meter(ctypes.Structure):
    """The first fields of struct meter of meters.h."""

    _fields_ = (
        ("id", ctypes.c_char * 25),
        ("connections", ctypes.c_uint32),
        ("messages_due_ns", ctypes.c_uint64),
    )


@pytest.fixture
def meters(plugin):
    plugin.meters_of.restype = ctypes.POINTER(Meter)
    plugin.meter_keeps_session.restype = ctypes.c_bool
    table = ctypes.create_string_buffer(METERS_BYTES)
    yield table
    plugin.meters_clear(table)


def keeps(plugin, meter, client_id, now_us=NOW_US):
    return plugin.meter_keeps_session(meter, ctypes.c_uint64(client_id), ctypes.c_uint64(now_us))


def sweep(plugin, meters, now_us):
    plugin.meters_sweep(meters, ctypes.c_uint64(now_us))


def test_each_id_has_one_meter(plugin, meters):
    first = plugin.meters_of(meters, b"a" * 24)
    first.contents.connections = 3

    assert plugin.meters_of(meters, b"b" * 24).contents.connections == 0
    assert plugin.meters_of(meters, b"a" * 24).contents.connections == 3


def test_a_meter_that_owes_something_outlives_its_connections(plugin, meters):
    plugin.meters_of(meters, b"a" * 24).contents.messages_due_ns = (NOW_US + 7) * 1000

    sweep(plugin, meters, NOW_US)

    assert plugin.meters_of(meters, b"a" * 24).contents.messages_due_ns == (NOW_US + 7) * 1000


def test_a_meter_that_owes_nothing_is_freed(plugin, meters):
    plugin.meters_of(meters, b"a" * 24).contents.messages_due_ns = 7
    plugin.meters_of(meters, b"b" * 24).contents.connections = 1

    sweep(plugin, meters, NOW_US)

    assert plugin.meters_of(meters, b"a" * 24).contents.messages_due_ns == 0
    assert plugin.meters_of(meters, b"b" * 24).contents.connections == 1


def test_a_device_has_so_many_kept_sessions_and_no_more(plugin, meters):
    meter = plugin.meters_of(meters, b"a" * 24)

    assert all(keeps(plugin, meter, number) for number in range(1, MAX_KEPT_SESSIONS + 1))
    assert not keeps(plugin, meter, 99)
    assert keeps(plugin, meter, 5)


def test_a_place_is_free_again_after_a_clean_start_or_a_day(plugin, meters):
    meter = plugin.meters_of(meters, b"a" * 24)
    for number in range(1, MAX_KEPT_SESSIONS + 1):
        keeps(plugin, meter, number)

    plugin.meter_drops_session(meter, ctypes.c_uint64(5))

    assert keeps(plugin, meter, 99)
    assert not keeps(plugin, meter, 100)
    assert keeps(plugin, meter, 100, NOW_US + DAY_US)
