"""Back-pressure: the larger the lag of ingest and the writer, the slower the senders."""

import ctypes
import itertools

import pytest

MINUTE_US = 60_000_000


@pytest.fixture
def interval_us(plugin):
    plugin.backpressure_interval_us.restype = ctypes.c_uint64
    plugin.backpressure_interval_us.argtypes = [ctypes.c_uint64]
    return plugin.backpressure_interval_us


@pytest.fixture
def wait_us(plugin):
    plugin.backpressure_wait_us.restype = ctypes.c_uint64
    plugin.backpressure_wait_us.argtypes = [
        ctypes.POINTER(ctypes.c_uint64), ctypes.c_uint64, ctypes.c_uint64,
    ]  # fmt: skip
    return plugin.backpressure_wait_us


@pytest.fixture
def parse_lag(plugin):
    """Return a function from a lag file's text to its milliseconds, None for an invalid one."""
    plugin.backpressure_parse_lag.restype = ctypes.c_bool
    plugin.backpressure_parse_lag.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_uint64)]

    def parse(text):
        lag_ms = ctypes.c_uint64(0)
        is_valid = plugin.backpressure_parse_lag(text.encode(), ctypes.byref(lag_ms))
        return lag_ms.value if is_valid else None

    return parse


def sent_in_a_minute(wait_us, interval_us, every_us):
    """Return how many messages are accepted of a sender that has one every *every_us*."""
    due, now_us, count = ctypes.c_uint64(0), 1_000_000, 0
    while now_us < 1_000_000 + MINUTE_US:
        now_us += max(every_us, wait_us(ctypes.byref(due), now_us, interval_us))
        count += 1
    return count


@pytest.mark.parametrize("lag_ms", [0, 1, 1999, 2000])
def test_a_lag_up_to_two_seconds_slows_no_sender(interval_us, lag_ms):
    assert interval_us(lag_ms) == 0


def test_a_larger_lag_slows_more(interval_us):
    intervals = [interval_us(lag_ms) for lag_ms in range(2001, 10_001)]

    assert all(before <= after for before, after in itertools.pairwise(intervals))
    assert intervals[0] == 10
    assert interval_us(8000) == 333
    assert intervals[-1] == 2000


@pytest.mark.parametrize("lag_ms", [10_001, 60_000, 2**63])
def test_the_largest_lag_leaves_500_messages_per_second(interval_us, lag_ms):
    assert interval_us(lag_ms) == 2000


def test_without_an_interval_nothing_waits(wait_us):
    due = ctypes.c_uint64(0)

    assert [wait_us(ctypes.byref(due), now_us, 0) for now_us in range(100)] == [0] * 100


@pytest.mark.parametrize("interval", [33, 333, 2000])
def test_the_rate_is_the_inverse_of_the_interval(wait_us, interval):
    sent = sent_in_a_minute(wait_us, interval, every_us=15)

    assert sent == pytest.approx(MINUTE_US / interval, rel=0.01)


def test_a_slower_sender_never_waits(wait_us):
    due = ctypes.c_uint64(0)

    assert {wait_us(ctypes.byref(due), now_us, 300) for now_us in range(0, MINUTE_US, 334)} == {0}


def test_one_wait_is_short_whatever_the_debt(wait_us):
    due = ctypes.c_uint64(10 * MINUTE_US)

    assert wait_us(ctypes.byref(due), 1000, 2000) == 20_000
    assert wait_us(ctypes.byref(due), 21_000, 2000) <= 20_000


def test_idle_time_is_not_credited(wait_us):
    due = ctypes.c_uint64(0)
    wait_us(ctypes.byref(due), 1000, 2000)

    waits = [wait_us(ctypes.byref(due), MINUTE_US, 2000) for _ in range(3)]

    assert waits == [0, 2000, 4000]


@pytest.mark.parametrize(
    ("text", "lag_ms"),
    [("0", 0), ("0\n", 0), ("7\n", 7), ("9500", 9500), ("31536000000\n", 31_536_000_000)],
)
def test_a_lag_is_a_decimal_number_of_milliseconds(parse_lag, text, lag_ms):
    assert parse_lag(text) == lag_ms


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "fast", "-5", "+5", " 7", "7 ", "7\n\n", "7\n8\n", "12x", "1e3", "1.5", "0x10",
        "31536000001", "999999999999", "99999999999999999999", "9" * 31, "٣",
    ],
)  # fmt: skip
def test_anything_else_is_not_a_lag(parse_lag, text):
    assert parse_lag(text) is None
