"""Twins of which each takes over again and again: a model test of what devices send in between.

Devices become hot and cold. Whenever the active side hands over, nobody evaluates for some seconds,
in which the devices move, one after the other. Each time that one was hot is one alarm.
"""

import random
from contextlib import suppress

import pytest

from qlines.alarms.twin_feed import TwinFeed
from qlines.errors import StoreUnavailableError
from tests.unit.alarms.stage import ABOVE_80, OWNER, Broker, Consumer, Stage, device_id

DEVICES = range(1, 6)
TAKEOVERS = 8
HOT, COLD = 90, 20


class Twins:
    """Two sides with one MongoDB; a feed works some moments later than the evaluator."""

    def __init__(self, monkeypatch, rng):
        self.rng = rng
        self.sides = {side: Stage(monkeypatch) for side in "ab"}
        for side, stage in self.sides.items():
            stage.side, stage.broker = side, Broker(log=f"log of {side}")
        first, second = self.sides.values()
        second.db, second.clock, second.leases = first.db, first.clock, first.leases
        second.changes = first.changes
        first.twin = TwinFeed(lambda: Consumer(second.broker), "b", first.clock)
        second.twin = TwinFeed(lambda: Consumer(first.broker), "a", first.clock)
        self.clock = first.clock

    def send(self, side, number, value):
        now_us = self.clock.now_us()
        reading = {"device": device_id(number), "owner": OWNER, "ts": now_us}
        self.sides[side].broker.publish([{**reading, "values": {"temperature": value}}], now_us)

    def evaluate(self, side):
        stage = self.sides[side]
        stage.evaluator.run_once()
        if self.rng.random() < 0.5 and stage.twin._order is not None:
            with suppress(StoreUnavailableError):
                stage.twin.run_once(stage.twin._order)


class Device:
    """One that becomes hot and cold; *at* is the side to which it sends."""

    def __init__(self, number, rng):
        self.number, self.rng = number, rng
        self.at, self.value, self.left, self.raised = "a", COLD, 0, 0

    def send(self, twins, *, is_over=False):
        if not self.left:
            self.value = COLD if self.value == HOT or is_over else HOT
            self.raised += self.value == HOT
            self.left = self.rng.randint(5, 12)
        self.left -= 1
        twins.send(self.at, self.number, self.value)


@pytest.mark.parametrize("for_seconds", [0, 2])
@pytest.mark.parametrize("seed", range(10))
def test_whoever_takes_over_each_time_that_a_device_was_hot_is_one_alarm(
    seed, for_seconds, monkeypatch
):
    rng = random.Random(seed)
    twins = Twins(monkeypatch, rng)
    for number in DEVICES:
        twins.sides["a"].add_device(number)
    twins.sides["a"].add_rule(ABOVE_80, for_seconds=for_seconds)
    devices = [Device(number, rng) for number in DEVICES]

    active = "a"
    for _ in range(TAKEOVERS):
        twins.sides[active].start(active)
        for _ in range(rng.randint(10, 40)):
            live_on(twins, devices, active)
        twins.sides[active].evaluator.stop()
        active = "b" if active == "a" else "a"
        moving = devices.copy()
        for _ in range(rng.randint(5, 40)):
            if moving and rng.random() < 0.5:
                moving.pop().at = active
            live_on(twins, devices, None)
        for device in moving:
            device.at = active
    twins.sides[active].start(active)
    for _ in range(60):
        live_on(twins, devices, active, is_over=True)

    alarms = twins.sides["a"].alarms
    assert not any(one["active"] or one["historic"] for one in alarms)
    found = [sum(str(one["device"]) == device_id(n) for one in alarms) for n in DEVICES]
    assert found == [device.raised for device in devices]


def live_on(twins, devices, active, *, is_over=False):
    for device in devices:
        device.send(twins, is_over=is_over)
        twins.clock.advance(0.1)
    if active:
        for _ in range(2):
            twins.evaluate(active)
