"""Moving devices away: never faster than the rate, never slower while the broker's loop turns."""

import ctypes

import pytest

SECOND_US = 1_000_000
START_US = 10 * SECOND_US


@pytest.fixture
def due(plugin):
    plugin.moving_due.restype = ctypes.c_uint64
    plugin.moving_due.argtypes = [
        ctypes.POINTER(ctypes.c_uint64), ctypes.c_uint64, ctypes.c_uint64,
    ]  # fmt: skip
    return plugin.moving_due


@pytest.fixture
def parse(plugin):
    plugin.moving_parse.restype = ctypes.c_uint64
    plugin.moving_parse.argtypes = [ctypes.c_char_p]
    return plugin.moving_parse


def moved_in_ten_seconds(due, per_second, every_us):
    due_us = ctypes.c_uint64(START_US)
    times = range(START_US, START_US + 10 * SECOND_US + 1, every_us)
    return sum(due(ctypes.byref(due_us), now_us, per_second) for now_us in times)


@pytest.mark.parametrize("per_second", [1, 7, 200, 5_000])
@pytest.mark.parametrize("every_us", [1_000, 50_000, 100_000])
def test_the_rate_is_kept_whatever_the_pace_of_the_loop(due, per_second, every_us):
    moved = moved_in_ten_seconds(due, per_second, every_us)

    assert moved == pytest.approx(10 * per_second, abs=max(2, per_second * 0.002))


def test_none_is_due_at_once(due):
    assert due(ctypes.byref(ctypes.c_uint64(START_US)), START_US, 200) == 0


def test_a_pause_is_made_up_for_by_a_tenth_of_a_second_only(due):
    due_us = ctypes.c_uint64(START_US)

    assert due(ctypes.byref(due_us), START_US + 60 * SECOND_US, 200) == 21
    assert due(ctypes.byref(due_us), START_US + 60 * SECOND_US + 1, 200) == 0


def test_a_rate_below_one_in_a_tenth_of_a_second_is_kept_after_a_pause(due):
    due_us = ctypes.c_uint64(START_US)

    assert due(ctypes.byref(due_us), START_US + 60 * SECOND_US, 1) == 1


@pytest.mark.parametrize(
    ("text", "rate"),
    [(b"200\n", 200), (b"1", 1), (b"100000\n", 100_000), (b"100001\n", 0), (b"0\n", 0), (b"", 0),
     (b"-1\n", 0), (b"200 \n", 0), (b"2e2\n", 0), (b"200\n\n", 0), (b"1000000000\n", 0)],
)  # fmt: skip
def test_the_file_holds_a_whole_number_or_nothing_moves(parse, text, rate):
    assert parse(text) == rate
