"""Rate limits: a sender over its limit waits, one below it never does."""

import ctypes

import pytest

SECOND_US = 1_000_000
START_US = 10 * SECOND_US


@pytest.fixture
def wait_us(plugin):
    plugin.rate_limit_charge.restype = ctypes.c_uint64
    plugin.rate_limit_charge.argtypes = [
        ctypes.POINTER(ctypes.c_uint64), ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64,
    ]  # fmt: skip
    return plugin.rate_limit_charge


@pytest.fixture
def is_exhausted(plugin):
    plugin.rate_limit_is_exhausted.argtypes = [ctypes.c_uint64, ctypes.c_uint64]
    return plugin.rate_limit_is_exhausted


@pytest.fixture
def pause_us(plugin):
    plugin.rate_limit_pause_us.restype = ctypes.c_uint64
    plugin.rate_limit_pause_us.argtypes = [ctypes.c_uint64, ctypes.c_uint64]
    return plugin.rate_limit_pause_us


@pytest.fixture
def points_in(plugin):
    plugin.points_in.restype = ctypes.c_uint64
    plugin.points_in.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return lambda payload: plugin.points_in(payload, len(payload))


def sent_in(wait_us, seconds, per_second, every_us, amount=1):
    """Return how much a sender gets through that has a message every *every_us*."""
    due, now_us, sent = ctypes.c_uint64(0), START_US, 0
    while now_us < START_US + seconds * SECOND_US:
        sent += amount
        now_us += max(every_us, wait_us(ctypes.byref(due), now_us, amount, per_second))
    return sent


def test_a_sender_below_its_limit_never_waits(wait_us):
    due = ctypes.c_uint64(0)

    waits = {
        wait_us(ctypes.byref(due), now_us, 1, 100)
        for now_us in range(START_US, START_US + 60 * SECOND_US, 10_000)
    }

    assert waits == {0}


@pytest.mark.parametrize(("per_second", "amount"), [(100, 1), (2000, 1), (20_000, 300)])
def test_a_faster_sender_gets_its_rate_and_one_burst(wait_us, per_second, amount):
    sent = sent_in(wait_us, 60, per_second, every_us=50, amount=amount)

    assert sent == pytest.approx((60 + 5) * per_second, rel=0.02)


def test_five_seconds_worth_may_come_at_once_and_again_after_a_rest(wait_us):
    due = ctypes.c_uint64(0)

    def burst(now_us):
        return [wait_us(ctypes.byref(due), now_us, 1, 100) for _ in range(501)]

    assert burst(START_US) == [0] * 500 + [10_001]
    assert burst(START_US + 60 * SECOND_US) == [0] * 500 + [10_001]


def test_a_message_larger_than_the_bucket_is_accepted_and_paid_for_later(wait_us):
    due = ctypes.c_uint64(0)

    assert wait_us(ctypes.byref(due), START_US, 10_000, 1000) == 5 * SECOND_US + 1


def test_no_debt_is_forgiven_but_what_takes_more_than_an_hour_to_pay(wait_us):
    due = ctypes.c_uint64(0)

    waits = [wait_us(ctypes.byref(due), START_US, 65_000, 100) for _ in range(7)]

    assert waits[:5] == [(650 * number - 5) * SECOND_US + 1 for number in range(1, 6)]
    assert waits[5:] == [3600 * SECOND_US + 1] * 2


@pytest.mark.parametrize(
    ("wait_s", "keepalive", "pause_s"),
    [(5, 60, 5), (30, 60, 20), (600, 0, 20), (600, 20, 20), (600, 13, 13), (5, 1, 1)],
)
def test_no_pause_is_longer_than_twenty_seconds_or_the_keepalive(
    pause_us, wait_s, keepalive, pause_s
):
    assert pause_us(wait_s * SECOND_US, keepalive) == pause_s * SECOND_US


@pytest.mark.parametrize("per_second", [500, 20_000])
def test_fifty_connections_with_large_messages_get_no_more_than_the_limit(
    wait_us, is_exhausted, pause_us, per_second
):
    """Each sends 65,000 points after each pause, and tries again each second if refused."""
    due, points, seconds = ctypes.c_uint64(0), 0, 3600
    next_at = [START_US] * 50

    for now_us in range(START_US, START_US + seconds * SECOND_US, SECOND_US):
        for connection, at in enumerate(next_at):
            if at > now_us or is_exhausted(due.value, now_us):
                continue
            wait = wait_us(ctypes.byref(due), now_us, 65_000, per_second)
            next_at[connection] = now_us + pause_us(wait, 60)
            points += 65_000

    debt = 65 * per_second + 65_000
    assert seconds * per_second * 0.9 < points <= seconds * per_second + debt


def test_a_sender_that_pays_in_its_pauses_is_never_disconnected(wait_us, is_exhausted, pause_us):
    due, now_us = ctypes.c_uint64(0), START_US

    for _ in range(1000):
        assert not is_exhausted(due.value, now_us)
        now_us += pause_us(wait_us(ctypes.byref(due), now_us, 65_000, 20_000), 5)


def test_without_a_limit_nobody_waits(wait_us):
    due = ctypes.c_uint64(0)

    assert {wait_us(ctypes.byref(due), START_US, 1000, 0) for _ in range(1000)} == {0}


@pytest.mark.parametrize(
    ("payload", "points"),
    [
        (b"", 0),
        (b'{"a": 1}', 1),
        (b'{"a":1,"b":2,"c":3}', 3),
        (b'[{"ts":1,"values":{"a":1}}]', 3),
        (b'{"a":"' + b"x" * 6400 + b'"}', 100),
    ],
)
def test_a_point_is_a_colon_or_64_bytes(points_in, payload, points):
    assert points_in(payload) == points
