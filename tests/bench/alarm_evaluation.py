"""What evaluating a reading costs, with 1,000 rules on 10,000 devices. No container.

Each rule concerns ten devices, by a tag, and a reading has three values, of which it wants one. Of
most devices the value stays below the limit; of some it is above, first for a while, then active.
"""

import gc
import time

from qlines.alarms.__main__ import GARBAGE_THRESHOLDS
from qlines.alarms.engine import Engine
from qlines.alarms.fleet import Device, Fleet, WatchedRule
from qlines.alarms.pending import Pending
from qlines.alarms.sight import Sight
from qlines.alarms.term import OBSERVED_AT_ONCE
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.state import MIN_ROOM
from qlines.reading import Reading
from qlines.telemetry_record import decode, encode
from tests.bench.alarm_rules import above

RULES, DEVICES = 1_000, 10_000
ROUNDS = 40  # readings of each device; what is true becomes active in the middle
EVERY_US = 10_000_000
TRUE_OF = 50  # one of so many devices is above the limit
NOW_US = 1_800_000_000_000_000
OWNER = "a" * 24


def readings_per_cpu_second() -> tuple[float, float]:
    """Return the readings of the fastest round by its CPU time: evaluated, and all that it takes.

    That is from the records of the log to what a commit stores; MongoDB and Kafka are not in it.
    """
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    engine = Engine(_fleet(), Pending(1), Sight())
    rounds = [_seconds(engine, number) for number in range(MIN_ROOM + ROUNDS)]
    evaluating, whole = (min(seconds) for seconds in zip(*rounds[MIN_ROOM:], strict=True))
    return DEVICES / evaluating, DEVICES / whole


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


def _seconds(engine: Engine, round_number: int) -> tuple[float, float]:
    """Return the CPU seconds of a round: of evaluating its readings, and of all."""
    now_us = NOW_US + round_number * EVERY_US
    # They begin one after the other, so that each round has as many chains to cut as the others.
    devices = [one for one in range(DEVICES) if one % MIN_ROOM <= round_number]
    records = list(encode([_reading(device, round_number) for device in devices]))
    began, evaluating = time.process_time(), 0.0
    for value, headers in records:
        readings = decode(value, headers, engine.fleet.sets)
        started = time.process_time()
        for place in range(0, len(readings), OBSERVED_AT_ONCE):
            engine.observe(readings[place : place + OBSERVED_AT_ONCE], now_us + EVERY_US // 10)
        evaluating += time.process_time() - started
    if engine.pending.has_states:
        engine.pending.take()
    return evaluating, time.process_time() - began


def _reading(device: int, round_number: int) -> Reading:
    temperature = 85.5 if device % TRUE_OF == 0 else 21.5 + round_number % 7
    return Reading(
        f"{device:024}",
        OWNER,
        NOW_US + round_number * EVERY_US + device,
        {"temperature": temperature, "humidity": 40.25, "seq": round_number},
    )
