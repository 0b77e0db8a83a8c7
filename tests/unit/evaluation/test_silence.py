import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlines.evaluation.sample import Presence
from qlines.evaluation.state import State
from tests.unit.evaluation.case import Device, at, condition, level, rule_of


def no_data(key=None, seconds=600, **fields):
    level_fields = {"for_seconds": fields.pop("for_seconds", 0)}
    if_never = fields.pop("if_never", False)
    return rule_of(
        level(condition("no_data", key, seconds=seconds, if_never=if_never), **level_fields),
        **fields,
    )


def test_no_data_is_raised_by_our_clock_when_no_reading_has_come_for_so_long():
    pump = Device(no_data())
    pump.sends("10:00", 20)

    assert pump.due_us() == at("10:10")
    assert pump.ticks("10:09:59") == []
    assert pump.ticks("10:10") == ["raised major"]
    assert pump.last.reason == "no data"
    assert (pump.last.ts_us, pump.last.reading_ts_us) == (at("10:10"), at("10:00"))
    assert pump.last.what == "no readings for 10 minutes"
    assert pump.due_us() is None


def test_no_data_ends_by_a_reading():
    pump = Device(no_data())
    pump.sends("10:00", 20)
    pump.waits_until("10:30")

    assert pump.sends("10:30", 20) == ["cleared"]
    assert pump.last.reason == "back"
    assert pump.due_us() == at("10:40")


def test_no_data_of_a_key_wants_that_key():
    pump = Device(no_data("temperature"))
    pump.sends("10:00", temperature=20)
    pump.sends("10:09", pressure=3)
    pump.sends("10:09:30", temperature=None)

    assert pump.waits_until("10:10") == ["raised major"]
    assert pump.sends("10:11", pressure=3) == []
    assert pump.sends("10:12", temperature=20) == ["cleared"]


@pytest.mark.parametrize("measured", ["08:00", "12:00"])
def test_no_data_counts_only_readings_whose_own_time_is_within_the_lateness(measured):
    pump = Device(no_data())
    pump.sends("10:00", 20)
    pump.sends(measured, 20, arrives="10:09")

    assert pump.waits_until("10:10") == ["raised major"]
    assert pump.last.reason == "clock off"
    assert pump.sends(measured, 20, arrives="10:11") == []


def test_a_device_that_never_sent_has_no_alarm_unless_it_is_asked_for():
    quiet = Device(no_data(), State.new(at("10:00")))
    asked = Device(no_data(if_never=True), State.new(at("10:00")))

    assert quiet.due_us() is None
    assert quiet.ticks("12:00") == []
    assert asked.waits_until("12:00") == ["raised major"]
    assert asked.last.ts_us == at("10:10")
    assert asked.last.reading_ts_us is None


def test_after_a_start_silence_counts_from_then_on_and_then_it_is_raised():
    pump = Device(no_data())
    pump.sends("10:00", 20)
    pump.is_killed()
    pump.state = pump.state.watched_from(at("11:00"))

    assert pump.ticks("11:09:59") == []
    assert pump.waits_until("11:10") == ["raised major"]


def test_a_start_does_not_end_what_is_active():
    pump = Device(no_data())
    pump.sends("10:00", 20)
    pump.waits_until("10:10")
    pump.is_killed()
    pump.state = pump.state.watched_from(at("11:00"))

    assert pump.ticks("11:00") == []
    assert pump.state.status == "active"
    assert pump.sends("11:01", 20) == ["cleared"]


def test_what_is_known_of_the_last_reading_counts_for_a_new_rule():
    pump = Device(no_data(), State.new(heard_us=at("09:00")))

    assert pump.ticks("10:00") == ["raised major"]


def test_no_data_has_a_for_of_its_own():
    pump = Device(no_data(for_seconds=300))
    pump.sends("10:00", 20)

    assert pump.ticks("10:10") == []
    assert pump.state.status == "pending"
    assert pump.due_us() == at("10:15")
    assert pump.waits_until("10:15") == ["raised major"]


def test_keep_for_of_no_data_passes_by_our_clock():
    pump = Device(no_data(keep_for_seconds=60))
    pump.sends("10:00", 20)
    pump.waits_until("10:10")

    assert pump.sends("10:11", 20) == []
    assert pump.state.status == "clearing"
    assert pump.waits_until("10:12") == ["cleared"]
    assert pump.last.reason == "keep_for"


def test_severity_rises_with_the_silence():
    pump = Device(
        rule_of(
            level(condition("no_data", None, seconds=3_600), severity="critical"),
            level(condition("no_data", None, seconds=600), severity="warning"),
        )
    )
    pump.sends("10:00", 20)

    assert pump.waits_until("10:59:59") == ["raised warning"]
    assert pump.waits_until("11:00") == ["severity critical"]


def test_outside_its_schedule_silence_waits_for_the_opening():
    hours = {"zone": "UTC", "days": [1], "from": "08:00", "to": "18:00"}
    pump = Device(no_data(schedule=hours))
    pump.sends("05:00", 20)

    assert pump.waits_until("07:59") == []
    assert pump.due_us() == at("08:00")
    assert pump.waits_until("08:00") == ["raised major"]


def offline(**fields):
    return rule_of(level({"kind": "offline", "seconds": 60}), **fields)


def test_offline_is_raised_when_the_device_is_not_connected_for_so_long():
    pump = Device(offline())
    pump.presence = Presence(False, at("10:00"))

    assert pump.due_us() == at("10:01")
    assert pump.ticks("10:00:59") == []
    assert pump.ticks("10:01") == ["raised major"]
    assert pump.last.reason == "offline"


def test_offline_ends_when_the_device_is_connected_again():
    pump = Device(offline())
    pump.presence = Presence(False, at("10:00"))
    pump.ticks("10:01")

    pump.presence = Presence(True, at("10:05"))
    assert pump.ticks("10:05") == ["cleared"]
    assert pump.last.reason == "back online"


def test_a_device_whose_presence_is_unknown_is_not_offline():
    pump = Device(offline())

    assert pump.due_us() is None
    assert pump.ticks("12:00") == []


def test_offline_and_no_data_may_be_one_rule():
    rule = rule_of(
        level(
            {"kind": "offline", "seconds": 60},
            condition("no_data", None, seconds=600),
            match="all",
        )
    )
    pump = Device(rule)
    pump.sends("10:00", 20)
    pump.presence = Presence(False, at("10:05"))

    assert pump.ticks("10:09") == []
    assert pump.waits_until("10:10") == ["raised major"]
    assert pump.sends("10:11", 20) == ["cleared"]


def test_a_reading_that_arrived_before_the_alarm_and_comes_again_does_not_end_it():
    pump = Device(no_data())
    pump.sends("10:00", 20)
    pump.waits_until("10:10")
    before = pump.state

    assert pump.sends("10:00", 20) == []
    assert pump.state is before


happenings = st.lists(
    st.tuples(st.sampled_from(["sends", "sends late", "ticks", "is killed"]), st.integers(0, 400)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(happenings)
def test_it_always_agrees_with_when_the_device_was_heard_last(story):
    pump, now, heard = Device(no_data()), 0, None
    for what, after in story:
        now += after
        clock = f"{10 + now // 3_600:02}:{now // 60 % 60:02}:{now % 60:02}"
        if what == "sends":
            pump.sends(clock, 20)
            heard = now
        elif what == "sends late":
            pump.sends("05:00", 20, arrives=clock)
        elif what == "ticks":
            pump.ticks(clock)
        else:
            pump.is_killed()
        pump.ticks(clock)

        is_silent = heard is not None and now - heard >= 600
        assert (pump.state.status == "active") is is_silent
    types = [effect.type for effect in pump.effects]
    assert types == (["raised", "cleared"] * len(types))[: len(types)]


def test_what_was_silent_when_the_rule_began_still_waits_for_a_reading_after_a_restart():
    pump = Device(no_data(), State.suppressed(heard_us=at("07:00")))
    pump.state = pump.state.watched_from(at("10:00"))

    assert pump.ticks("10:01") == [], "its attributes have changed, say"
    assert pump.waits_until("12:00") == []
    pump.sends("12:00", 20)

    assert pump.waits_until("12:10") == ["raised major"]
