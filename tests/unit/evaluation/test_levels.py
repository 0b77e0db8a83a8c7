import pytest

from tests.unit.evaluation.case import Device, above_80, at, condition, level, rule_of


def test_for_completes_at_a_reading_by_the_time_of_the_readings():
    pump = Device(above_80(for_seconds=300, max_gap_seconds=600))

    assert pump.sends("10:00", 95) == []
    assert pump.sends("10:04:59", 95) == []
    assert pump.sends("10:05", 95) == ["raised major"]
    assert pump.last.ts_us == at("10:00")
    assert pump.last.reading_ts_us == at("10:05")


def test_time_alone_does_not_complete_for():
    pump = Device(above_80(for_seconds=300))

    pump.sends("10:00", 95)

    assert pump.due_us() is None
    assert pump.ticks("10:30") == []


def test_with_max_gap_0_a_value_holds_and_our_clock_completes_for():
    pump = Device(above_80(for_seconds=300, max_gap_seconds=0))
    pump.sends("10:00", 95)

    assert pump.due_us() == at("10:05")
    assert pump.ticks("10:04:59") == []
    assert pump.ticks("10:05") == ["raised major"]
    assert pump.last.ts_us == at("10:00")
    assert pump.due_us() is None
    assert pump.sends("10:07", 95) == []
    assert pump.sends("10:08", 70) == ["cleared"]


def test_with_max_gap_0_a_reading_after_for_says_what_time_had_completed():
    pump = Device(above_80(for_seconds=300, max_gap_seconds=0))
    pump.sends("10:00", 95)

    assert pump.sends("10:06", 70) == ["raised major", "cleared"]


def test_with_max_gap_0_a_clock_that_is_behind_takes_nothing_back():
    pump = Device(above_80(for_seconds=300, max_gap_seconds=0))
    pump.sends("10:00", 95, arrives="10:00:40")
    pump.ticks("10:05")

    assert pump.sends("10:04:30", 95, arrives="10:05:10") == []
    assert pump.sends("10:04:50", 70, arrives="10:05:30") == ["cleared"]


def test_one_false_reading_restarts_for():
    pump = Device(above_80(for_seconds=60))

    pump.sends("10:00", 95)
    pump.sends("10:00:30", 70)

    assert pump.sends("10:01", 95) == []
    assert pump.sends("10:01:30", 95) == []
    assert pump.sends("10:02", 95) == ["raised major"]


def two_levels(**fields):
    return rule_of(
        level(condition(limit=4), severity="critical"),
        level(condition(limit=1, clear=0), severity="major"),
        **fields,
    )


def test_severity_follows_the_highest_true_level_both_ways():
    pump = Device(two_levels())

    assert pump.sends("10:00", 2) == ["raised major"]
    assert pump.sends("10:01", 5) == ["severity critical"]
    assert pump.sends("10:02", 2) == ["severity major"]
    assert pump.sends("10:03", -1) == ["cleared"]


def test_sticky_severity_only_rises():
    pump = Device(two_levels(sticky=True))

    assert pump.sends("10:00", 5) == ["raised critical"]
    assert pump.sends("10:01", 2) == []
    assert pump.sends("10:02", -1) == ["cleared"]
    assert pump.sends("10:03", 2) == ["raised major"]


def test_each_level_has_a_for_of_its_own():
    pump = Device(
        rule_of(
            level(condition(limit=90), severity="critical", for_seconds=30),
            level(condition(limit=80), severity="warning"),
        )
    )

    assert pump.sends("10:00:00", 95) == ["raised warning"]
    assert pump.sends("10:00:29", 95) == []
    assert pump.sends("10:00:30", 95) == ["severity critical"]
    assert pump.last.ts_us == at("10:00:00")


def test_any_needs_one_true_condition_and_all_needs_all():
    hot, high = condition(limit=80), condition(key="pressure", limit=3)
    either = Device(rule_of(level(hot, high, match="any")))
    both = Device(rule_of(level(hot, high, match="all")))

    assert either.sends("10:00", temperature=70, pressure=4) == ["raised major"]
    assert either.last.key == "pressure"
    assert both.sends("10:00", temperature=70, pressure=4) == []
    assert both.sends("10:01", temperature=95) == ["raised major"]
    assert both.sends("10:02", pressure=3) == ["cleared"]


def test_keep_for_ends_an_alarm_only_when_nothing_was_true_for_so_long():
    pump = Device(above_80(keep_for_seconds=600))
    pump.sends("10:00", 95)

    assert pump.sends("10:01", 70) == []
    assert pump.state.status == "clearing"
    assert pump.sends("10:05", 95) == []
    assert pump.state.status == "active"
    assert pump.sends("10:06", 70) == []
    assert pump.due_us() == at("10:16")
    assert pump.waits_until("10:15:59") == []
    assert pump.waits_until("10:16") == ["cleared"]
    assert pump.last.reason == "keep_for"
    assert pump.last.ts_us == at("10:16")


def test_keep_for_is_over_by_a_reading_too():
    pump = Device(above_80(keep_for_seconds=60))
    pump.sends("10:00", 95)
    pump.sends("10:01", 70)

    assert pump.sends("10:03", 95) == ["cleared", "raised major"]


def test_keep_for_that_our_clock_has_ended_is_not_raised_by_a_clock_that_is_behind():
    pump = Device(above_80(keep_for_seconds=60))
    pump.sends("10:00", 95)
    pump.sends("10:01", 70)
    pump.waits_until("10:02")

    assert pump.sends("10:01:30", 70, arrives="10:02:10") == []


def test_a_change_is_an_event_that_lasts_as_long_as_keep_for():
    valve = Device(rule_of(level(condition("change", "valve")), keep_for_seconds=600))

    assert valve.sends("10:00", valve="shut") == []
    assert valve.sends("10:01", valve="open") == ["raised major"]
    assert valve.last.what == "valve has changed to open"
    assert valve.sends("10:02", valve="open") == []
    assert valve.waits_until("10:10:59") == []
    assert valve.waits_until("10:11") == ["cleared"]


def working_hours(**fields):
    schedule = {"zone": "Europe/Berlin", "days": [1, 2, 3, 4, 5], "from": "08:00", "to": "18:00"}
    return above_80(schedule=schedule, **fields)


def test_outside_its_schedule_nothing_raises():
    pump = Device(working_hours())  # 2 March 2026 is a Monday, Berlin is an hour ahead of UTC

    assert pump.sends("06:59", 95) == []
    assert pump.sends("07:00", 95) == ["raised major"]


def test_outside_its_schedule_what_is_active_stays_and_may_clear():
    pump = Device(working_hours())
    pump.sends("16:59", 95)

    assert pump.sends("17:30", 95) == []
    assert pump.state.status == "active"
    assert pump.sends("18:00", 70) == ["cleared"]
    assert pump.sends("18:01", 95) == []


def test_with_max_gap_0_a_value_that_holds_raises_when_the_schedule_opens():
    pump = Device(working_hours(max_gap_seconds=0))
    pump.sends("05:00", 95)

    assert pump.due_us() == at("07:00")
    assert pump.waits_until("07:00") == ["raised major"]


@pytest.mark.parametrize("silence", ["10:05", "14:00"])
def test_an_active_alarm_stays_active_when_the_device_goes_silent(silence):
    pump = Device(above_80())
    pump.sends("10:00", 95)

    assert pump.waits_until(silence) == []
    assert pump.ticks(silence) == []
    assert pump.state.status == "active"


def test_the_end_of_keep_for_does_not_complete_for():
    pump = Device(
        rule_of(
            level(condition(limit=80, clear=70), severity="critical", for_seconds=15),
            level(condition(limit=80), severity="warning"),
            keep_for_seconds=20,
        )
    )
    pump.sends("10:00:00", 95)
    pump.sends("10:00:10", 75)

    assert pump.sends("10:00:30", 75) == ["cleared", "raised critical"]


def test_with_max_gap_0_our_clock_may_have_completed_for_before_the_reading_comes():
    pump = Device(above_80(for_seconds=15, max_gap_seconds=0))
    pump.sends("10:00:10", 95)
    assert pump.ticks("10:01:00") == ["raised major"]
    assert pump.sends("10:00:30", 70, arrives="10:01:05") == ["cleared"]

    assert pump.sends("10:00:35", 95, arrives="10:01:10") == ["raised major"]
    assert pump.last.ts_us == at("10:00:35")


def test_keep_for_lets_a_less_severe_level_continue_the_alarm_at_once():
    pump = Device(
        rule_of(
            level(condition(limit=90), severity="critical"),
            level(condition(limit=80), severity="warning", for_seconds=600),
            keep_for_seconds=60,
        )
    )
    pump.sends("10:00", 95)

    assert pump.sends("10:01", 85) == ["severity warning"]
    assert pump.waits_until("10:30") == []
