"""A rule makes of the readings that are not passed what it makes of all of them."""

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlines.evaluation import skim
from qlines.evaluation.dry_run import dry_run
from qlines.evaluation.machine import observe
from qlines.evaluation.rule import Rule
from qlines.evaluation.sample import Sample
from tests.unit.evaluation.case import above_80, at, condition, level, rule_of
from tests.unit.evaluation.past import START_US, in_pieces, one_by_one, readings_of

SECOND_US = 1_000_000
KEYS = ("t", "p")
numbers = st.integers(0, 6)
OPEN = {"zone": "UTC", "days": [1, 2, 3, 4, 5, 6, 7], "from": "09:05", "to": "09:20"}


@st.composite
def conditions(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(["above", "above", "below", "outside", "equals", "change", "rate"]))
    key = draw(st.sampled_from(KEYS))
    limit = draw(numbers)
    match kind:
        case "above":
            return condition(kind, key, limit=limit, clear=draw(st.integers(0, limit)))
        case "below":
            return condition(kind, key, limit=limit, clear=draw(st.integers(limit, 6)))
        case "outside":
            return condition(kind, key, low=limit, high=limit + draw(numbers))
        case "equals":
            return condition(kind, key, value=draw(st.sampled_from([2, 3, "on", True])))
        case "rate":
            return condition(kind, key, limit=limit, clear=limit / 2, per_seconds=10)
    return condition(kind, key)


@st.composite
def levels(draw: Any, severity: str) -> dict[str, Any]:
    found = draw(st.lists(conditions(), min_size=1, max_size=2))
    has_change = any(one["kind"] == "change" for one in found)
    for_seconds = 0 if has_change else draw(st.sampled_from([0, 20, 120]))
    match = draw(st.sampled_from(["any", "all"]))
    return level(*found, severity=severity, match=match, for_seconds=for_seconds)


@st.composite
def rules(draw: Any) -> Rule:
    severities = draw(st.sampled_from([["major"], ["critical", "warning"]]))
    of_rule = [draw(levels(severity)) for severity in severities]
    has_change = any(one["kind"] == "change" for each in of_rule for one in each["conditions"])
    return rule_of(
        *of_rule,
        max_gap_seconds=draw(st.sampled_from([None, None, 0, 25])),
        keep_for_seconds=draw(st.sampled_from([30, 5] if has_change else [0, 0, 30])),
        sticky=draw(st.booleans()),
        schedule=draw(st.sampled_from([None, None, OPEN])),
    )


one_value = st.one_of(numbers, numbers, st.sampled_from([2.5, "on", True, [1], None]))
values = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, one_value))
intervals = st.sampled_from([10, 10, 10, 10, 5, 35, 90, 400])
# Few values often stay the same for a while, and then much can be passed.
stretches = st.tuples(values, intervals, st.integers(1, 15))


def readings() -> st.SearchStrategy[list[Sample]]:
    return readings_of(stretches).map(lambda found: [one for one in found if one.values])


@given(rules(), readings(), st.sampled_from([7, 40, 1_000]))
def test_what_is_passed_would_have_changed_nothing(rule, samples, at_once):
    now_us = START_US + 8_000 * SECOND_US

    few = dry_run(rule, [("d", in_pieces(samples, at_once), {})], now_us)

    assert few == dry_run(rule, [("d", one_by_one(samples), {})], now_us)


def steady(minutes_hot):
    """Return a reading every 10 s for an hour, of which some minutes in its middle are hot."""
    return [
        Sample(at("10:00") + n * 10 * SECOND_US, 0, {"temperature": 85 if n in hot else 70})
        for hot in [range(120, 120 + 6 * minutes_hot)]
        for n in range(360)
    ]


@pytest.mark.parametrize(("for_seconds", "observed"), [(0, 4), (300, 5)])
def test_of_an_hour_it_observes_its_ends_and_the_changes(for_seconds, observed):
    with patch.object(skim, "observe", side_effect=observe) as counted:
        result = dry_run(
            above_80(for_seconds=for_seconds), [("d", in_pieces(steady(10), 360), {})], at("11:00")
        )

    assert result.raised == result.cleared == 1
    assert counted.call_count == observed


def test_of_a_rate_it_observes_only_where_it_is_true():
    rule = rule_of(level(condition("rate", limit=10, per_seconds=60)))

    with patch.object(skim, "observe", side_effect=observe) as counted:
        result = dry_run(rule, [("d", in_pieces(steady(10), 360), {})], at("11:00"))

    assert result.raised == result.cleared == 2
    assert counted.call_count == 6
