"""The story of a clock that jumps an hour ahead, and an hour back, under load.

No program is restarted for it and none stands still: everything is well again within 20 s, a new
message has the time of the clock, and every acknowledged message is stored. A library that is
preloaded into every program gives the container a clock of its own.
"""

import time

import pytest

from tests.harness.appliance import Appliance
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.docker import HARDENED
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.mqtt_device import MqttDevice
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person
from tests.harness.shifted_clock import ShiftedClock

HOUR = 3600
FIRST = 1


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return ShiftedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def appliance(image, clock):
    appliance = Appliance(image, options=(*HARDENED, *clock.options))
    try:
        yield appliance.start()
    finally:
        appliance.remove()


def test_a_jump_of_the_clock_neither_stops_nor_restarts_anything(appliance, clock, tmp_path):
    appliance.wait_well()
    owner = new_person(appliance, "owner")
    tokens = [owner.new_device().token for _ in range(10)]
    device = owner.new_device()
    load = Load(
        appliance.mqtt_port, tokens, tmp_path,
        "--connections", "10", "--rate", "300", "--seconds", "600", "--first-seq", str(FIRST),
        "--reconnect",
    )  # fmt: skip
    try:
        restarts = restarts_by_program(appliance)
        for event, offset in (("an hour ahead", HOUR), ("an hour back", 0)):
            clock.set(offset)
            jumped_at = time.monotonic()
            sent = newest_time(appliance, owner, device, offset)
            assert abs(sent - clock.now()) < 60
            appliance.wait_well(20)
            seconds = time.monotonic() - jumped_at
            # Long enough for whatever counts seconds to have gone wrong.
            rounds = canary_rounds(appliance)
            eventually(
                lambda seen=rounds: canary_rounds(appliance) >= seen + 2, 40, "the canary sends"
            )
            appliance.wait_well(20)
            record(
                Outcome(
                    f"the clock jumps {event}", "", "counts durations on the monotonic clock",
                    seconds, 0, "set the clock (NTP)",
                )
            )  # fmt: skip
        assert restarts_by_program(appliance) == restarts
        load.interrupt()
    finally:
        load.stop()

    acknowledged = load.acknowledged()
    assert len(acknowledged) > 3000
    assert_none_lost(acknowledged, lambda: stored_numbers(appliance, FIRST), seconds=60)


def newest_time(appliance, owner, device, value):
    """Send a message and return the time that it was stored with, in epoch seconds."""
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"offset": value})
    query = f"SELECT ts FROM readings WHERE device = '{device.id}' AND number = {value}"
    rows = eventually(lambda: appliance.numbers(query), 60, "the message is stored")
    return rows[0] / 1e6


def canary_rounds(appliance):
    return appliance.health("deep").json()["canary"]["sent"]


def restarts_by_program(appliance):
    components = appliance.health("deep").json()["components"]
    return {item["name"]: item["restarts_last_hour"] for item in components}
