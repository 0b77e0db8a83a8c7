"""The story of an alarm: a rule, a pump that runs hot, and a program that is killed.

The owner writes a rule, the pump publishes over MQTT, and there is one alarm, which ends when it
has cooled down. Then the program that evaluates rules is killed six times, and twenty times in the
long stories, while ten devices cross the limit up and down: each crossing makes one alarm, and each
alarm has one end.
"""

import itertools
import random
import threading
import time

import pytest

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice

KILLS = [6, pytest.param(20, marks=pytest.mark.long)]
HOT = {
    "name": "too hot",
    "levels": [
        {
            "severity": "critical",
            "conditions": [{"kind": "above", "key": "temperature", "limit": 80, "clear": 75}],
        }
    ],
}


@pytest.fixture
def add_rule(owner):
    """Return a function that adds a rule and returns its id."""

    def add(**fields):
        answer = owner.api.post("/api/alarm-rules", json={**HOT, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return add


def alarms(owner, **query):
    return owner.api.document("/api/alarms", per_page=100, **query)["items"]


def is_evaluated(owner, rule):
    return owner.api.document(f"/api/alarm-rules/{rule}")["evaluated_at"]


def test_a_reading_above_the_limit_makes_one_alarm_that_ends_with_one_below(
    killable_appliance, owner, add_rule
):
    pump = owner.new_device("pump")
    rule = add_rule(scope={"type": "device", "value": pump.id})
    eventually(lambda: is_evaluated(owner, rule), 30, "the rule is evaluated")
    with MqttDevice(killable_appliance, pump.token) as device:
        for temperature in (81, 82, 83):
            device.publish({"temperature": temperature})
        (alarm,) = eventually(lambda: alarms(owner, status="active"), 20, "there is an alarm")
        device.publish({"temperature": 70})

        eventually(lambda: alarms(owner, status="active") == [], 20, "the alarm has ended")

    (ended,) = alarms(owner, status="all")
    assert ended["id"] == alarm["id"]
    assert (ended["value"], ended["end_reason"], ended["count"]) == (81, "reading", 3)


class Crossings:
    """Devices that cross the limit up and down, until stop()."""

    def __init__(self, appliance, devices):
        self._appliance, self._devices = appliance, devices
        self.raised = dict.fromkeys((one.id for one in devices), 0)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._is_over.set()
        self._thread.join()

    def _send(self):
        connections = [MqttDevice(self._appliance, one.token) for one in self._devices]
        for connection in connections:
            connection.__enter__()
        for is_hot in itertools.cycle((True, False)):
            for one, connection in zip(self._devices, connections, strict=True):
                connection.publish({"temperature": 90 if is_hot else 20})
                self.raised[one.id] += is_hot
            if self._is_over.is_set() and not is_hot:
                break
        for connection in connections:
            connection.__exit__()


@pytest.mark.parametrize("kills", KILLS)
def test_killed_at_random_under_load_it_says_nothing_twice_and_misses_nothing(
    killable_appliance, owner, add_rule, kills
):
    devices = [owner.new_device() for _ in range(10)]
    rule = add_rule(name="crossings")
    eventually(lambda: is_evaluated(owner, rule), 30, "the rule is evaluated")
    with Crossings(killable_appliance, devices) as crossings:
        for _ in range(kills):
            time.sleep(random.uniform(0.2, 2.5))  # any moment of its work may be the one
            killed = killable_appliance.kill_program("alarms")
            killable_appliance.wait_for_program("alarms", other_than=killed)

    def counted():
        found = owner.api.document("/api/alarms", status="all", per_page=1)
        return found["total"]

    wanted = sum(crossings.raised.values())
    eventually(lambda: counted() >= wanted, 60, f"there are {wanted} alarms")
    eventually(lambda: alarms(owner, status="active") == [], 30, "all have ended")
    assert counted() == wanted
    by_device = {
        one.id: owner.api.document("/api/alarms", status="all", device=one.id, per_page=1)["total"]
        for one in devices
    }
    assert by_device == crossings.raised
