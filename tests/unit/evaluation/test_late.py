from tests.unit.evaluation.case import Device, above_80, at


def test_a_late_reading_changes_nothing_now():
    pump = Device(above_80())
    pump.sends("10:00", 70)

    assert pump.sends("09:00", 95, arrives="10:01") == []
    assert pump.state.status == "ok"


def test_late_readings_make_an_alarm_of_the_past_when_they_end_it():
    pump = Device(above_80())

    pump.sends("08:00", 70, arrives="10:00")
    pump.sends("08:10", 95, arrives="10:00")
    pump.sends("08:20", 97, arrives="10:00")
    assert pump.sends("08:30", 70, arrives="10:00") == ["historic major"]
    assert (pump.last.ts_us, pump.last.until_us) == (at("08:10"), at("08:30"))
    assert (pump.last.value, pump.last.reading_ts_us) == (95, at("08:10"))
    assert pump.last.received_us == at("10:00")


def test_an_alarm_of_the_past_ends_with_the_last_late_reading_when_no_more_come():
    pump = Device(above_80())
    pump.sends("08:10", 95, arrives="10:00")
    pump.sends("08:20", 97, arrives="10:00")

    assert pump.due_us() == at("10:01")
    assert pump.waits_until("10:01") == ["historic major"]
    assert pump.last.until_us == at("08:20")
    assert pump.due_us() is None


def test_readings_in_time_between_late_ones_do_not_split_an_alarm_of_the_past():
    pump = Device(above_80())

    for second in range(10, 20):
        assert pump.sends(f"08:00:{second}", 95, arrives=f"10:00:{second}") == []
        assert pump.sends(f"10:00:{second}", 70) == []
    assert pump.sends("10:02", 70) == ["historic major"]
    assert (pump.last.ts_us, pump.last.until_us) == (at("08:00:10"), at("08:00:19"))


def test_for_counts_in_an_alarm_of_the_past_too():
    pump = Device(above_80(for_seconds=300, max_gap_seconds=600))

    pump.sends("08:00", 95, arrives="10:00")
    pump.sends("08:04", 95, arrives="10:00")
    assert pump.sends("08:05", 70, arrives="10:00") == []
    pump.sends("08:06", 95, arrives="10:00")
    pump.sends("08:11", 95, arrives="10:00")
    assert pump.sends("08:12", 70, arrives="10:00") == ["historic major"]


def test_late_readings_that_come_again_make_nothing_twice():
    pump = Device(above_80())
    pump.sends("08:10", 95, arrives="10:00")
    pump.sends("08:30", 70, arrives="10:00")
    before = pump.state

    pump.sends("08:10", 95, arrives="10:00")
    assert pump.sends("08:30", 70, arrives="10:00") == []
    assert pump.state is before


def test_an_older_back_fill_is_one_of_its_own():
    pump = Device(above_80())
    pump.sends("08:10", 95, arrives="10:00")

    assert pump.sends("07:00", 95, arrives="10:00:30") == ["historic major"]
    assert pump.sends("07:01", 70, arrives="10:00:31") == ["historic major"]
    assert [(one.ts_us, one.until_us) for one in pump.effects] == [
        (at("08:10"), at("08:10")),
        (at("07:00"), at("07:01")),
    ]


def test_what_lies_within_the_active_alarm_is_not_one_of_the_past():
    pump = Device(above_80())
    pump.sends("10:00", 95)

    pump.sends("10:01", 95, arrives="10:05")
    assert pump.sends("10:02", 70, arrives="10:05") == []


def test_a_clock_that_is_behind_or_ahead_is_remembered_until_a_reading_is_in_time():
    pump = Device(above_80())

    pump.sends("08:00", 70, arrives="10:00")
    assert pump.state.clock_off_us == 2 * 3_600_000_000
    pump.sends("12:00", 70, arrives="10:00:10")
    assert pump.state.clock_off_us == -(3_600_000_000 * 2 - 10_000_000)
    pump.sends("10:00:20", 70)
    assert pump.state.clock_off_us == 0


def test_a_reading_of_the_future_changes_nothing_now():
    pump = Device(above_80())

    assert pump.sends("12:00", 95, arrives="10:00") == []
    assert pump.state.status == "ok"
    assert pump.sends("10:00:10", 95) == ["raised major"]


def test_exactly_the_lateness_is_in_time():
    pump = Device(above_80(lateness_seconds=60))

    assert pump.sends("10:00:00", 95, arrives="10:01:00") == ["raised major"]


def test_with_lateness_0_only_readings_with_our_time_count_now():
    pump = Device(above_80(lateness_seconds=0))

    assert pump.sends("10:00:00", 95, arrives="10:00:01") == []
    assert pump.sends("10:00:02", 95) == ["raised major"]
