"""What evaluating a reading costs, with 1,000 rules on 10,000 devices. No container."""

import time

from qlines.alarms.engine import Engine
from qlines.alarms.fleet import Device, Fleet, WatchedRule
from qlines.alarms.pending import Pending
from qlines.alarms.sight import Sight
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.reading import Reading, Value
from tests.bench.alarm_rules import above

RULES, DEVICES = 1_000, 10_000
ROUNDS = 20  # readings of each device
EVERY_US = 10_000_000
NOW_US = 1_800_000_000_000_000
OWNER = "a" * 24


def readings_per_cpu_second() -> float:
    """Return the readings of the fastest round by its CPU time.

    Each rule concerns ten devices, by a tag, and a reading has three values, of which it wants one.
    The values stay below the limit.
    """
    engine = Engine(_fleet(), Pending(1), Sight())
    return DEVICES / min(_seconds(engine, number) for number in range(ROUNDS))


def _fleet() -> Fleet:
    fleet = Fleet(RULES * DEVICES)
    fleet.set_rules(_rule(number) for number in range(RULES))
    for number in range(DEVICES):
        tag = f"group {number % RULES}"
        fleet.put(Device(f"{number:024}", OWNER, f"device {number}", (tag,)))
    return fleet


def _rule(number: int) -> WatchedRule:
    tag, rule_id = f"group {number}", f"{number:024}"
    scope = {"type": "tag", "value": tag}
    levels = above("temperature", 80, for_seconds=300)
    fields = check({"name": rule_id, "scope": scope, "levels": levels})
    return WatchedRule(compile_rule(rule_id, 1, fields), OWNER, rule_id, "tag", tag, NOW_US)


def _seconds(engine: Engine, round_number: int) -> float:
    now_us = NOW_US + round_number * EVERY_US
    values: dict[str, Value] = {
        "temperature": 21.5 + round_number % 7,
        "humidity": 40.25,
        "seq": round_number,
    }
    readings = [
        Reading(f"{number:024}", OWNER, now_us + number, values) for number in range(DEVICES)
    ]
    started = time.process_time()
    engine.observe(readings, now_us + EVERY_US // 10)
    return time.process_time() - started
