"""Faults of other platforms, as inputs (each test names its report): none of them is ours."""

import math

import pytest

from qlines.evaluation.state import State
from tests.unit.evaluation.case import Device, above_80, at, condition, level, rule_of


def no_data_for_10_minutes():
    return rule_of(level(condition("no_data", None, seconds=600)))


def test_a_value_around_the_limit_does_not_flap():
    """TB#7943, grafana#6202, prometheus#6504: limits to raise and to clear, and a time to clear."""
    pump = Device(rule_of(level(condition(limit=80, clear=75)), keep_for_seconds=60))

    said = [pump.sends(f"10:00:{n:02}", 80 + (-1) ** n) for n in range(50)]
    assert said.count(["raised major"]) == 1
    assert [one for one in said if one] == [["raised major"]]


def test_for_is_never_over_before_its_time():
    """TB#10590, #14301, #5173: a rule of 2 seconds fired after less."""
    pump = Device(above_80(for_seconds=2))

    assert pump.sends("10:00:00", 95, arrives="10:00:05") == []
    assert pump.sends("10:00:01", 95, arrives="10:00:09") == []
    assert pump.sends("10:00:02", 95, arrives="10:00:09") == ["raised major"]


def test_a_gap_is_not_true_all_along():
    """TB#14210: 95, half an hour of nothing, 95, with "for 15 minutes"."""
    pump = Device(above_80(for_seconds=900, max_gap_seconds=600))
    pump.sends("10:00", 95)

    assert pump.sends("10:30", 95) == []
    assert pump.state.status == "pending"
    assert pump.state.newest.fold.since == (at("10:30"),)


def test_a_reading_of_two_hours_ago_raises_nothing():
    """ThingsBoard 4.4: start by the reading's clock and end by the server's fired at once."""
    pump = Device(above_80(for_seconds=300))

    assert pump.sends("08:00", 95, arrives="10:00") == []
    assert pump.waits_until("11:00") == []


def test_a_batch_of_two_hours_is_one_line_about_the_past():
    """TB#8681, #6773: 120 readings at once, the middle 20 over the limit."""
    pump = Device(above_80())
    for minute in range(120):
        hot = 50 <= minute < 70
        clock = f"{8 + minute // 60:02}:{minute % 60:02}"
        pump.sends(clock, 95 if hot else 70, arrives="10:00")
    pump.waits_until("11:00")

    assert [one.type for one in pump.effects] == ["historic"]
    assert (pump.last.ts_us, pump.last.until_us) == (at("08:50"), at("09:10"))


def test_two_messages_milliseconds_apart_raise_one_alarm():
    """TB#15583, #5652."""
    pump = Device(above_80())

    assert pump.sends("10:00:00", 95, arrives="10:00:01") == ["raised major"]
    assert pump.sends("10:00:01", 95, arrives="10:00:01") == []


@pytest.mark.parametrize("is_first", ["the reading", "the moment"])
def test_the_last_reading_and_the_end_of_the_wait_may_meet(is_first):
    """TB#7909: the alarm stayed although the device had sent."""
    pump = Device(no_data_for_10_minutes())
    pump.sends("10:00", 20)

    if is_first == "the moment":
        pump.ticks("10:10")
    pump.sends("10:10", 20)
    pump.ticks("10:10")

    assert pump.state.status == "ok"
    assert pump.due_us() == at("10:20")


def test_a_device_that_only_pings_has_no_data():
    """TB#3594, #3000: only readings are observed."""
    pump = Device(no_data_for_10_minutes())
    pump.sends("10:00", 20)

    assert pump.waits_until("10:10") == ["raised major"]


def test_a_thousand_readings_over_the_limit_raise_once():
    """TB#717, #15103."""
    pump = Device(above_80())

    for n in range(1_000):
        pump.sends(f"10:{n // 60:02}:{n % 60:02}", 95)

    assert [one.type for one in pump.effects] == ["raised"]
    assert pump.state.published.readings == 1_000


def test_severity_goes_down_too():
    """TB#5508, #12560."""
    pump = Device(
        rule_of(level(condition(limit=4), severity="critical"), level(condition(limit=1, clear=0)))
    )

    said = [pump.sends(f"10:0{n}", value) for n, value in enumerate([2, 5, 2, -1])]
    assert said == [["raised major"], ["severity critical"], ["severity major"], ["cleared"]]


def test_after_a_clear_by_hand_only_a_good_reading_arms_the_next_alarm():
    """TB#7811, #13050: the old alarm came back, or none did."""
    pump = Device(above_80())
    pump.sends("10:00", 95)
    pump.state = pump.state.cleared_by_hand()

    assert pump.sends("10:01", 95) == []
    assert pump.sends("10:02", 70) == []
    assert pump.sends("10:03", 95) == ["raised major"]
    assert pump.last.ts_us == at("10:03")


def test_an_attribute_that_is_deleted_triggers_nothing():
    """TB#6393: only readings trigger."""
    rule = rule_of(level(condition(limit={"attribute": "maxTemp", "default": 60})))
    pump = Device(rule, maxTemp=80)
    pump.sends("10:00", 70)

    pump.parameters = {}
    assert pump.due_us() is None
    assert pump.ticks("10:05") == []
    assert pump.sends("10:06", 70) == ["raised major"]


def test_back_fill_neither_ends_no_data_nor_raises_anything_now():
    """kapacitor#815: an hour of silence, then readings of two weeks ago."""
    hot, silent = Device(above_80()), Device(no_data_for_10_minutes())
    for pump in (hot, silent):
        pump.sends("10:00", 70)
        pump.waits_until("11:00")

    assert silent.state.status == "active"
    for minute in range(10):
        assert hot.sends(f"05:0{minute}", 95, arrives="11:00") == []
        assert silent.sends(f"05:0{minute}", 95, arrives="11:00") == []
    assert (hot.state.status, silent.state.status) == ("ok", "active")
    assert hot.waits_until("11:01") == ["historic major"]


def test_a_kill_while_pending_loses_nothing():
    """HA core#56642, #37739, TB#7043: killed at minute 4 of "for 5 minutes"."""
    pump = Device(above_80(for_seconds=300))
    for second in range(0, 240, 20):
        pump.sends(f"10:{second // 60:02}:{second % 60:02}", 95)
    pump.is_killed()

    said = [pump.sends(f"10:0{4 + n // 3}:{n % 3 * 20:02}", 95) for n in range(4)]
    assert said == [[], [], [], ["raised major"]]
    assert pump.last.reading_ts_us == at("10:05")


def test_a_kill_between_the_limits_loses_nothing():
    """HA core#133377: the hysteresis was forgotten."""
    pump = Device(rule_of(level(condition(limit=80, clear=75))))
    pump.sends("10:00", 95)
    pump.sends("10:01", 78)
    pump.is_killed()

    assert pump.sends("10:02", 78) == []
    assert pump.state.status == "active"
    assert pump.sends("10:03", 75) == ["cleared"]


@pytest.mark.parametrize("nothing", [None, math.nan, "unavailable"])
def test_a_value_that_is_missing_does_not_restart_for(nothing):
    """HA core#175756."""
    pump = Device(above_80(for_seconds=20))
    pump.sends("10:00:00", 95)
    pump.sends("10:00:10", nothing)

    assert pump.sends("10:00:20", 95) == ["raised major"]


def test_what_was_true_when_the_rule_was_switched_on_may_wait_for_the_next_time():
    """HA core#42855, #14493: a flood for what was over the limit already."""
    pump = Device(above_80(), State.suppressed())

    assert pump.sends("10:00", 95) == []
    assert pump.sends("10:01", 96) == []
    assert pump.sends("10:02", 70) == []
    assert pump.sends("10:03", 95) == ["raised major"]


def test_silence_resolves_nothing():
    """grafana#105571: "resolved" though only the data had vanished."""
    pump = Device(above_80())
    pump.sends("10:00", 95)

    assert pump.waits_until("18:00") == []
    assert pump.ticks("18:00") == []
    assert pump.state.status == "active"


def test_no_data_fires_after_a_start_when_its_own_period_is_over():
    """kapacitor#1339, #939, influxdb#25040: false or missing after a restart."""
    pump = Device(no_data_for_10_minutes())
    pump.sends("10:00", 20)
    pump.is_killed()
    pump.state = pump.state.watched_from(at("10:30"))

    assert pump.ticks("10:30") == []
    assert pump.waits_until("10:39:59") == []
    assert pump.waits_until("10:40") == ["raised major"]


def test_an_event_alarm_ends_when_it_is_not_seen_again():
    """TB#10979."""
    valve = Device(
        rule_of(level(condition("equals", "event", value="knock")), keep_for_seconds=600)
    )
    valve.sends("10:00", event="knock")
    valve.sends("10:01", event="none")

    assert valve.waits_until("10:11") == ["cleared"]
    assert valve.last.reason == "keep_for"


def test_either_of_two_conditions_raises():
    """TB#11803: there was no OR."""
    either = level(condition(limit=80), condition("below", limit=5), match="any")

    assert Device(rule_of(either)).sends("10:00", 4) == ["raised major"]
    assert Device(rule_of(either)).sends("10:00", 81) == ["raised major"]


def test_limit_and_duration_may_be_those_of_each_device():
    """TB#14160, #3618."""
    rule = rule_of(
        level(
            condition(limit={"attribute": "maxTemp", "default": 80}),
            for_seconds={"attribute": "delay", "default": 0},
        )
    )

    assert Device(rule).sends("10:00", 85) == ["raised major"]
    assert Device(rule, maxTemp=90).sends("10:00", 85) == []
    slow = Device(rule, maxTemp=60, delay=20)
    slow.sends("10:00:00", 70)
    assert slow.sends("10:00:20", 70) == ["raised major"]
