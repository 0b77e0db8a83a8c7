import pytest

from tests.unit.evaluation.case import Device, condition, level, rule_of

MAX_TEMP = {"attribute": "maxTemp", "default": 80}


def test_a_limit_is_what_the_attribute_of_the_device_says():
    rule = rule_of(level(condition(limit=MAX_TEMP)))

    assert rule.attributes == {"maxTemp"}
    assert Device(rule, maxTemp=60).sends("10:00", 61) == ["raised major"]
    assert Device(rule, maxTemp=60.5).sends("10:00", 60.5) == []


def test_without_the_attribute_the_default_holds_and_that_is_no_problem():
    pump = Device(rule_of(level(condition(limit=MAX_TEMP))))

    assert pump.sends("10:00", 81) == ["raised major"]
    assert pump.state.problem == ""


@pytest.mark.parametrize(
    ("value", "got"), [("hot", '"hot"'), (True, "true"), ([60], "[60]"), ("60", '"60"')]
)
def test_an_attribute_that_is_no_number_leaves_the_default_and_is_remembered(value, got):
    pump = Device(rule_of(level(condition(limit=MAX_TEMP))), maxTemp=value)

    assert pump.sends("10:00", 81) == ["raised major"]
    assert pump.state.problem == (
        f"the attribute 'maxTemp' of the device must be a number, got {got}: 80 holds instead"
    )


def test_the_problem_is_over_once_the_attribute_is_a_number():
    pump = Device(rule_of(level(condition(limit=MAX_TEMP))), maxTemp="hot")
    pump.sends("10:00", 70)

    pump.parameters = {"maxTemp": 60}
    pump.sends("10:01", 50)

    assert pump.state.problem == ""


def test_a_duration_that_cannot_be_one_leaves_its_default():
    rule = rule_of(level(condition(limit=80), for_seconds={"attribute": "delay", "default": 0}))
    pump = Device(rule, delay=-5)

    assert pump.sends("10:00", 81) == ["raised major"]
    assert pump.state.problem == (
        "the attribute 'delay' of the device must be a number from 0 to 604800, got -5: 0 holds "
        "instead"
    )


@pytest.mark.parametrize(
    ("kind", "values", "limits"),
    [
        ({"kind": "above", "limit": MAX_TEMP, "clear": 75}, {"maxTemp": 60}, (60, 60)),
        ({"kind": "below", "limit": MAX_TEMP, "clear": 85}, {"maxTemp": 90}, (90, 90)),
        (
            {"kind": "outside", "low": 0, "high": MAX_TEMP, "clear_high": 70},
            {"maxTemp": 60},
            (0, 60, 0, 60),
        ),
        (
            {"kind": "outside", "low": 0, "clear_low": 70, "high": MAX_TEMP},
            {"maxTemp": 60},
            (0, 60, 0, 60),
        ),
    ],
)
def test_a_clear_limit_beyond_the_limit_of_a_device_is_as_the_limit(kind, values, limits):
    rule = rule_of(level({"key": "temperature", **kind}))

    assert rule.limits(values).conditions == (limits,)


def test_devices_with_the_same_attributes_share_their_limits():
    rule = rule_of(level(condition(limit=MAX_TEMP)))

    assert rule.limits({"maxTemp": 60}) is rule.limits({"maxTemp": 60})
    assert rule.limits({"maxTemp": 1}).conditions != rule.limits({"maxTemp": True}).conditions


def test_silence_may_be_set_by_an_attribute_too():
    rule = rule_of(level(condition("no_data", None, seconds={"attribute": "every", "default": 60})))
    slow, usual = Device(rule, every=600), Device(rule)
    for pump in (slow, usual):
        pump.sends("10:00", 20)

    assert usual.waits_until("10:05") == ["raised major"]
    assert slow.waits_until("10:05") == []
    assert slow.waits_until("10:10") == ["raised major"]
