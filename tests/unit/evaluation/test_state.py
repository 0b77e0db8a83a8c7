import pytest

from qlines.evaluation.machine import observe, tick
from qlines.evaluation.sample import Presence, Sample
from qlines.evaluation.state import State
from tests.unit.evaluation.case import Device, above_80, at, condition, level, rule_of


def test_it_says_its_status_in_a_word():
    pump = Device(above_80(for_seconds=30, keep_for_seconds=60))

    assert pump.state.status == "ok"
    pump.sends("10:00:00", 95)
    assert pump.state.status == "pending"
    pump.sends("10:00:30", 95)
    assert pump.state.status == "active"
    pump.sends("10:00:40", 70)
    assert pump.state.status == "clearing"
    pump.waits_until("10:02")
    assert pump.state.status == "ok"


def test_while_nothing_is_true_it_need_not_be_stored():
    pump = Device(above_80())
    new = pump.state
    pump.sends("10:00", 70)

    assert not new.must_be_stored(None)
    assert not pump.state.must_be_stored(None)
    assert not pump.state.must_be_stored(None)
    assert not pump.state.must_be_stored(new)


@pytest.mark.parametrize("for_seconds", [0, 60])
def test_while_something_is_true_it_must_be_stored_after_each_reading(for_seconds):
    pump = Device(above_80(for_seconds=for_seconds))
    pump.sends("10:00", 95)
    stored = pump.state
    assert stored.must_be_stored(None)
    assert stored.must_be_stored(None)
    assert not stored.must_be_stored(stored)

    pump.sends("10:00:10", 95)

    assert pump.state.must_be_stored(stored)


def test_when_it_is_over_that_must_be_stored_once():
    pump = Device(above_80())
    pump.sends("10:00", 95)
    active = pump.state
    pump.sends("10:01", 70)
    over = pump.state
    pump.sends("10:02", 70)

    assert over.must_be_stored(active)
    assert not pump.state.must_be_stored(over)


def test_an_alarm_of_the_past_that_is_not_over_must_be_stored():
    pump = Device(above_80())
    pump.sends("08:00", 95, arrives="10:00")

    assert pump.state.must_be_stored(None)
    pump.waits_until("10:01")
    assert not pump.state.must_be_stored(None)


@pytest.mark.parametrize("heard_us", [0, at("09:00")])
def test_so_must_that_one_of_all_conditions_is_true_however_the_rule_began(heard_us):
    both = level(condition("equals", "valve", value=1), condition(limit=80), match="all")
    pump = Device(rule_of(both), State.new(heard_us=heard_us))
    pump.sends("10:00", valve=0)
    shut = pump.state
    pump.sends("10:01", valve=1)
    is_open = pump.state
    pump.sends("10:02", valve=0)

    assert is_open.must_be_stored(shut)
    assert pump.state.must_be_stored(is_open)


def test_that_a_device_was_heard_must_be_stored_once_and_not_each_time():
    pump = Device(rule_of(level(condition("no_data", None, seconds=600))))
    pump.sends("10:00", 20)
    first = pump.state
    assert first.must_be_stored(None)

    pump.sends("10:01", 20)
    assert not pump.state.must_be_stored(first)
    pump.sends("10:05", 20)
    assert pump.state.must_be_stored(first), "after a start it would be silent too early"
    first = pump.state
    pump.sends("10:06", 20)
    assert not pump.state.must_be_stored(first)
    pump.waits_until("10:16")
    assert pump.state.must_be_stored(first)
    active = pump.state
    pump.sends("10:17", 20)
    assert pump.state.must_be_stored(active)


def test_a_reading_of_a_device_that_is_not_silent_is_minor_unless_it_must_be_stored():
    rule = rule_of(level(condition("no_data", None, seconds=600)))
    state, minor = State.new(), []
    for clock in ["10:00", "10:01", "10:04:59", "10:05", "10:09:59", "10:19:59"]:
        state = tick(rule, state, at(clock), {}).state
        state, _, is_minor = observe(rule, state, Sample(at(clock), at(clock), {"a": 1}), {})
        minor.append(is_minor)

    assert minor == [False, True, True, False, True, False]


def test_after_a_start_silence_goes_on_counting_and_is_not_found_too_early():
    pump = Device(rule_of(level(condition("no_data", None, seconds=600))))
    pump.sends("10:00", 20)
    stored = pump.state
    pump.sends("10:04:59", 20)
    assert not pump.state.must_be_stored(stored)

    pump.state = stored.continued(at("09:00"), at("10:06"))

    assert pump.due_us() == at("10:15")


def test_after_a_start_what_was_silent_already_waits_no_longer():
    rule = rule_of(level(condition("no_data", None, seconds=600), for_seconds=300))
    pump = Device(rule)
    pump.sends("10:00", 20)
    pump.waits_until("10:11")
    assert pump.state.status == "pending"

    pump.state = pump.state.continued(at("09:00"), at("10:12"))

    assert pump.waits_until("10:15") == ["raised major"]


def test_what_is_cleared_by_hand_is_not_active_and_needs_everything_false_once():
    pump = Device(
        rule_of(level(condition(limit=90), severity="critical"), level(condition(limit=80)))
    )
    pump.sends("10:00", 85)

    pump.state = pump.state.cleared_by_hand()

    assert pump.state.published is None
    assert pump.state.status == "ok"
    assert pump.state.must_be_stored(None)
    assert pump.sends("10:01", 95) == []
    assert pump.sends("10:02", 85) == []
    pump.is_killed()
    assert pump.sends("10:03", 80) == []
    assert not pump.state.must_be_stored(None)
    assert pump.sends("10:04", 85) == ["raised major"]


def test_what_is_cleared_by_hand_while_it_is_false_already_may_be_raised_at_once():
    pump = Device(rule_of(level(condition(limit=80)), keep_for_seconds=600))
    pump.sends("10:00", 85)
    pump.sends("10:01", 70)
    assert pump.state.status == "clearing"

    pump.state = pump.state.cleared_by_hand()

    assert pump.sends("10:02", 85) == ["raised major"]


def test_a_reading_from_before_a_clear_by_hand_does_not_raise_again():
    pump = Device(above_80())
    pump.sends("10:00:00", 70)
    pump.sends("10:00:20", 95)
    pump.state = pump.state.cleared_by_hand()

    assert pump.sends("10:00:10", 95, arrives="10:00:21") == []
    assert pump.sends("10:00:20", 95, arrives="10:00:21") == []


def test_silence_that_is_cleared_by_hand_is_raised_after_the_next_reading_only():
    pump = Device(rule_of(level(condition("no_data", None, seconds=600))))
    pump.sends("10:00", 20)
    pump.waits_until("10:10")

    pump.state = pump.state.cleared_by_hand()

    assert pump.due_us() is None
    assert pump.ticks("12:00") == []
    assert pump.sends("12:01", 20) == []
    assert pump.waits_until("12:11") == ["raised major"]


def test_a_suppressed_rule_about_presence_waits_until_the_device_was_connected():
    pump = Device(rule_of(level({"kind": "offline", "seconds": 60})), State.suppressed())
    pump.presence = Presence(False, at("09:00"))
    assert pump.ticks("10:00") == []

    pump.presence = Presence(True, at("10:01"))
    assert pump.ticks("10:01") == []
    pump.presence = Presence(False, at("10:02"))
    assert pump.waits_until("10:03") == ["raised major"]


def test_it_counts_the_readings_of_an_alarm_and_remembers_the_last():
    pump = Device(above_80(keep_for_seconds=600))
    pump.sends("10:00", 95)
    pump.sends("10:01", 97)
    pump.sends("10:02", 70)

    published = pump.state.published
    assert (published.readings, published.last_value, published.last_ts_us) == (2, 97, at("10:01"))


def test_a_rule_that_begins_with_what_is_true_raises_it_by_the_next_tick_once():
    pump = Device(above_80())
    pump.sends("10:00", 95)

    pump.state = pump.state.untold()
    pump.is_killed()

    assert pump.state.must_be_stored(None)
    assert pump.waits_until("11:00") == ["raised major"]
    assert (pump.last.ts_us, pump.last.value) == (at("10:00"), 95)
    assert pump.waits_until("12:00") == []
    assert pump.sends("12:00", 96) == []
    assert pump.sends("12:01", 70) == ["cleared"]


def test_a_reading_may_come_before_that_tick():
    pump = Device(above_80())
    pump.sends("10:00", 95)

    pump.state = pump.state.untold()

    assert pump.sends("10:01", 96) == ["raised major"]
    assert pump.waits_until("11:00") == []


def test_what_has_to_be_true_for_a_while_waits_for_that_from_the_last_value_on():
    pump = Device(above_80(for_seconds=60))
    pump.sends("10:00:00", 95)

    pump.state = pump.state.untold()

    assert pump.waits_until("10:00:40") == []
    assert pump.sends("10:00:30", 95) == []
    assert pump.sends("10:01:00", 95) == ["raised major"]
