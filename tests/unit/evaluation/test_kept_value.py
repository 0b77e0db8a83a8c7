"""What a device sends can be long; what a rule keeps of it must fit into memory and MongoDB."""

import bson
import pytest

from qlines.evaluation.kept_value import MAX_CHARACTERS, kept
from qlines.evaluation.machine import observe
from qlines.evaluation.sample import Sample
from qlines.evaluation.state import State
from qlines.evaluation.state_document import to_document
from tests.unit.evaluation.case import Device, at, condition, level, rule_of

LONG = "x" * 60_000


@pytest.mark.parametrize(
    "value", [None, True, -1, 2.5, "", "ü" * MAX_CHARACTERS, [1, {"a": 2}], {"b": None}]
)
def test_a_short_value_is_kept_as_it_is(value):
    assert kept(value) is value


@pytest.mark.parametrize("value", [LONG, [LONG], {"a": LONG, "b": 1}])
def test_of_a_long_one_the_beginning_is_kept_and_what_tells_it_from_others(value):
    assert len(kept(value)) <= MAX_CHARACTERS
    assert kept(value)[:50] in (LONG[:50], f'["{LONG}'[:50], f'{{"a":"{LONG}'[:50])
    assert kept(value) != kept([value, 1])


def test_the_order_of_an_objects_keys_makes_no_other_value():
    assert kept({"a": LONG, "b": 1}) == kept({"b": 1, "a": LONG})


def test_a_change_of_the_end_of_a_long_text_is_one():
    log = Device(rule_of(level(condition("change", "log")), keep_for_seconds=60))
    log.sends("10:00:00", log=LONG + "a")
    assert log.sends("10:00:10", log=LONG + "a") == []

    assert log.sends("10:00:20", log=LONG + "b") == ["raised major"]
    assert len(log.last.value) <= MAX_CHARACTERS


@pytest.mark.parametrize(("conditions", "characters"), [(1, 16_000), (10, 300)])
def test_a_state_fits_into_a_document_whatever_a_device_sends(conditions, characters):
    levels = [
        level(*(condition("change", f"k{number}") for number in range(conditions)), severity=one)
        for one in ("critical", "major", "minor", "warning", "info")
    ]
    few = levels[: 5 if conditions > 1 else 1]
    rule = rule_of(*few, lateness_seconds=3_600, keep_for_seconds=60)
    state, ts_us, largest = State.new(), at("10:00"), 0
    for number in range(2_100):
        values = {f"k{one}": f"{number}{'😀' * characters}" for one in range(conditions)}
        ts_us += 1_000_000
        state = observe(rule, state, Sample(ts_us, ts_us, values), {}).state
        if number % 500 == 499:
            largest = max(largest, len(bson.encode(to_document(state))))

    assert largest < 12 * 1024 * 1024
