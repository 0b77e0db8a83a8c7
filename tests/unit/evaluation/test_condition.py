import math

import pytest

from tests.unit.evaluation.case import Device, above_80, condition, level, rule_of


def said(rule, *values):
    """Return what a reading each of ten seconds makes, by value."""
    device = Device(rule)
    return [device.sends(f"10:{n // 6:02}:{n % 6}0", value) for n, value in enumerate(values)]


def test_above_is_true_until_at_or_below_clear():
    rule = rule_of(level(condition(limit=80, clear=75)))

    assert said(rule, 80, 81, 76, 75, 79) == [[], ["raised major"], [], ["cleared"], []]


def test_below_is_true_until_at_or_above_clear():
    rule = rule_of(level(condition("below", limit=5, clear=7)))

    assert said(rule, 5, 4.9, 6.9, 7, 6) == [[], ["raised major"], [], ["cleared"], []]


def test_outside_is_true_until_within_both_clear_limits():
    rule = rule_of(level(condition("outside", low=10, high=30, clear_low=12, clear_high=28)))

    assert said(rule, 10, 9, 11, 12) == [[], ["raised major"], [], ["cleared"]]
    assert said(rule, 30, 31, 29, 28) == [[], ["raised major"], [], ["cleared"]]


@pytest.mark.parametrize(("value", "limit", "clear"), [(9, 10, 12), (31, 30, 28)])
def test_outside_names_the_limit_that_was_passed(value, limit, clear):
    tank = Device(
        rule_of(level(condition("outside", low=10, high=30, clear_low=12, clear_high=28)))
    )

    tank.sends("10:00", value)

    assert (tank.last.limit, tank.last.clear) == (limit, clear)


@pytest.mark.parametrize(
    ("wanted", "value"), [("open", "open"), (True, True), (1, 1.0), (False, False)]
)
def test_equals_is_true_for_the_same_value_in_json(wanted, value):
    rule = rule_of(level(condition("equals", value=wanted)))

    assert said(rule, value, "other") == [["raised major"], ["cleared"]]


@pytest.mark.parametrize(("wanted", "value"), [(1, True), (True, 1), ("1", 1), (0, False)])
def test_equals_does_not_mix_up_types(wanted, value):
    assert said(rule_of(level(condition("equals", value=wanted))), value) == [[]]


def test_rate_is_the_absolute_change_between_neighbouring_readings():
    rule = rule_of(level(condition("rate", limit=12, clear=6, per_seconds=60)))

    # per ten seconds 2 is 12 a minute, 2.5 is 15, 1.5 is 9, 1 is 6
    assert said(rule, 20, 22, 19.5, 21, 20) == [[], [], ["raised major"], [], ["cleared"]]


def test_rate_says_how_fast():
    tank = Device(rule_of(level(condition("rate", limit=12))))

    tank.sends("10:00:00", 20)
    tank.sends("10:00:10", 17.5)

    assert (tank.last.value, tank.last.limit) == (15, 12)
    assert tank.last.what == "temperature changes by 15 per minute, more than 12"


@pytest.mark.parametrize("value", [None, math.nan, "84", "hot", True, [95], {"a": 95}])
def test_a_value_that_cannot_be_compared_changes_nothing(value):
    pump = Device(above_80(for_seconds=20))

    pump.sends("10:00:00", 95)
    before = pump.state
    pump.sends("10:00:10", value)

    assert pump.state is before
    assert pump.sends("10:00:20", 95) == ["raised major"]


@pytest.mark.parametrize(
    "one",
    [
        condition("below", limit=100),
        condition("outside", low=0, high=10),
        condition("equals", value=95),
        condition("rate", limit=1),
        condition("change"),
    ],
)
def test_nan_changes_nothing_for_any_kind(one):
    pump = Device(rule_of(level(one), keep_for_seconds=60))
    pump.sends("10:00:00", 50)
    pump.sends("10:00:10", 95)
    before = pump.state

    pump.sends("10:00:20", math.nan)

    assert pump.state is before


@pytest.mark.parametrize(
    "one",
    [
        condition("below", limit=100),
        condition("outside", low=0, high=10),
        condition("rate", limit=1),
    ],
)
def test_text_changes_nothing_where_numbers_are_compared(one):
    pump = Device(rule_of(level(one)))
    pump.sends("10:00:00", 95)
    before = pump.state

    pump.sends("10:00:10", "cold")

    assert pump.state is before
