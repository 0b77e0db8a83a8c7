"""Rate limits over HTTP: the rules are those of the broker's plugin."""

import re
from pathlib import Path

import pytest

from qlines.store.registry_file import Device
from qlines.web.device.limits import (
    BURST_SECONDS,
    BYTES_PER_POINT,
    MAX_DEBT_SECONDS,
    MAX_WAIT_SECONDS,
    Limits,
    Meters,
    points_in,
)

RATE_LIMIT_H = Path(__file__).parents[4] / "appliance" / "broker" / "rate_limit.h"
ONE = Device("1" * 24, "a" * 24, "one", gateway=False)
TWO = Device("2" * 24, "a" * 24, "two", gateway=False)
BOBS = Device("3" * 24, "b" * 24, "three", gateway=False)


def test_the_constants_are_those_of_the_plugin():
    text = RATE_LIMIT_H.read_text()

    assert int(re.search(r"#define BURST_SECONDS (\d+)", text)[1]) == BURST_SECONDS
    assert int(re.search(r"#define MAX_WAIT_SECONDS (\d+)", text)[1]) == MAX_WAIT_SECONDS
    assert int(re.search(r"#define MAX_DEBT_SECONDS (\d+)", text)[1]) == MAX_DEBT_SECONDS
    assert int(re.search(r"#define BYTES_PER_POINT (\d+)", text)[1]) == BYTES_PER_POINT


def test_a_device_over_its_limit_waits_and_its_neighbour_does_not():
    meters = Meters(Limits(10, 0, 0, 0))

    meters.charge(ONE, 80, 1, now=100.0)

    assert meters.wait(ONE, now=100.0).seconds == 3
    assert "more than 10 messages a second" in meters.wait(ONE, now=100.0).reason
    assert meters.wait(TWO, now=100.0) is None
    assert meters.wait(ONE, now=103.1) is None


def test_an_owner_over_the_limit_waits_with_all_devices_and_another_owner_does_not():
    meters = Meters(Limits(0, 0, 0, 1000))

    meters.charge(ONE, 1, 7000, now=100.0)

    assert "more than 1,000 values a second together" in meters.wait(TWO, now=100.0).reason
    assert meters.wait(BOBS, now=100.0) is None


def test_who_owes_more_than_twenty_seconds_is_told_to_wait_again_until_all_is_paid():
    meters = Meters(Limits(0, 500, 0, 0))

    for _ in range(3):  # they arrive at the same time
        meters.charge(ONE, 1, 65_000, now=100.0)

    assert meters.wait(ONE, now=100.0).seconds == 20
    assert meters.wait(ONE, now=100.0 + 384.9).seconds == 1
    assert meters.wait(ONE, now=100.0 + 385) is None


def test_no_message_locks_a_device_out_for_more_than_an_hour():
    meters = Meters(Limits(0, 1, 0, 0))

    meters.charge(ONE, 1, 65_000, now=100.0)

    assert meters.wait(ONE, now=3699.0).seconds == 1
    assert meters.wait(ONE, now=3700.0) is None


def test_without_limits_nobody_waits():
    meters = Meters(Limits(0, 0, 0, 0))

    meters.charge(ONE, 10**9, 10**9, now=100.0)

    assert meters.wait(ONE, now=100.0) is None


def test_buckets_that_are_paid_for_are_forgotten(monkeypatch):
    monkeypatch.setattr("qlines.web.device.limits.MAX_BUCKETS", 2)
    meters = Meters(Limits(1, 0, 0, 0))
    meters.charge(ONE, 9, 0, now=100.0)
    meters.charge(TWO, 1, 0, now=100.0)

    meters.charge(BOBS, 1, 0, now=102.0)

    assert meters.wait(ONE, now=102.0).seconds == 2
    assert len(meters._due) == 2


@pytest.mark.parametrize(
    ("payload", "points"),
    [(b"", 0), (b'{"a": 1, "b": 2}', 2), (b'{"a":"' + b"x" * 6400 + b'"}', 100)],
)
def test_a_point_is_a_colon_or_64_bytes(payload, points):
    assert points_in(payload) == points
