"""How much the broker slows its senders, by how far the programs behind it lag."""

import ctypes
import itertools

import pytest

MINUTE_US = 60_000_000


@pytest.fixture
def interval_us(plugin):
    plugin.pressure_interval_us.restype = ctypes.c_uint64
    plugin.pressure_interval_us.argtypes = [ctypes.c_uint64]
    return plugin.pressure_interval_us


@pytest.fixture
def wait_us(plugin):
    plugin.pressure_wait_us.restype = ctypes.c_uint64
    plugin.pressure_wait_us.argtypes = [
        ctypes.POINTER(ctypes.c_uint64), ctypes.c_uint64, ctypes.c_uint64,
    ]  # fmt: skip
    return plugin.pressure_wait_us


def sent_in_a_minute(wait_us, interval_us, every_us):
    """Return how many messages a sender gets through that has one every *every_us*."""
    due, now_us, count = ctypes.c_uint64(0), 1_000_000, 0
    while now_us < 1_000_000 + MINUTE_US:
        now_us += max(every_us, wait_us(ctypes.byref(due), now_us, interval_us))
        count += 1
    return count


@pytest.mark.parametrize("lag_ms", [0, 1, 1999, 2000])
def test_it_slows_nobody_up_to_two_seconds(interval_us, lag_ms):
    assert interval_us(lag_ms) == 0


def test_it_slows_the_more_the_larger_the_lag(interval_us):
    intervals = [interval_us(lag_ms) for lag_ms in range(2001, 10_001)]

    assert all(before <= after for before, after in itertools.pairwise(intervals))
    assert intervals[0] == 10
    assert interval_us(8000) == 333
    assert intervals[-1] == 2000


@pytest.mark.parametrize("lag_ms", [10_001, 60_000, 2**63])
def test_it_never_stops_anybody(interval_us, lag_ms):
    assert interval_us(lag_ms) == 2000


def test_no_interval_is_no_wait(wait_us):
    due = ctypes.c_uint64(0)

    assert [wait_us(ctypes.byref(due), now_us, 0) for now_us in range(100)] == [0] * 100


@pytest.mark.parametrize("interval", [33, 333, 2000])
def test_the_rate_is_the_intervals_inverse(wait_us, interval):
    sent = sent_in_a_minute(wait_us, interval, every_us=15)

    assert sent == pytest.approx(MINUTE_US / interval, rel=0.01)


def test_a_slower_sender_never_waits(wait_us):
    due = ctypes.c_uint64(0)

    assert {wait_us(ctypes.byref(due), now_us, 300) for now_us in range(0, MINUTE_US, 334)} == {0}


def test_one_wait_is_short_whatever_went_before(wait_us):
    due = ctypes.c_uint64(10 * MINUTE_US)

    assert wait_us(ctypes.byref(due), 1000, 2000) == 20_000
    assert wait_us(ctypes.byref(due), 21_000, 2000) <= 20_000


def test_silence_is_not_saved_up(wait_us):
    due = ctypes.c_uint64(0)
    wait_us(ctypes.byref(due), 1000, 2000)

    waits = [wait_us(ctypes.byref(due), MINUTE_US, 2000) for _ in range(3)]

    assert waits == [0, 2000, 4000]
