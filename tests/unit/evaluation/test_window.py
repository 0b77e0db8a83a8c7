from tests.unit.evaluation.case import Device, above_80, at, condition, level, rule_of


def test_readings_out_of_order_within_the_lateness_are_sorted_in():
    pump = Device(above_80(for_seconds=40))
    pump.sends("10:00:00", 95)
    pump.sends("10:00:30", 95)

    assert pump.sends("10:00:20", 70, arrives="10:00:31") == []
    assert pump.sends("10:00:40", 95) == []
    assert pump.sends("10:01:10", 95) == ["raised major"]
    assert pump.last.ts_us == at("10:00:30")


def test_a_true_reading_that_a_newer_one_has_overtaken_raises_nothing():
    pump = Device(above_80())
    pump.sends("10:00:10", 70)

    assert pump.sends("10:00:05", 95, arrives="10:00:11") == []


def test_a_false_reading_that_a_newer_one_has_overtaken_clears_nothing():
    pump = Device(above_80())
    pump.sends("10:00:10", 95)

    assert pump.sends("10:00:05", 70, arrives="10:00:11") == []
    assert pump.state.status == "active"


def test_one_out_of_order_may_complete_what_it_closes_the_gap_of():
    pump = Device(above_80(for_seconds=60, max_gap_seconds=40))
    pump.sends("10:00:00", 95)
    pump.sends("10:01:00", 95)

    assert pump.sends("10:00:30", 95, arrives="10:01:01") == ["raised major"]
    assert pump.last.ts_us == at("10:00:00")
    assert pump.last.reading_ts_us == at("10:01:00")


def test_one_out_of_order_may_take_back_what_was_raised_and_then_it_is_cleared():
    pump = Device(above_80(for_seconds=20))
    pump.sends("10:00:00", 95)
    assert pump.sends("10:00:20", 95) == ["raised major"]

    assert pump.sends("10:00:10", 70, arrives="10:00:21") == ["cleared"]


def test_the_same_time_again_changes_nothing():
    pump = Device(above_80())
    pump.sends("10:00", 95)
    before = pump.state

    assert pump.sends("10:00", 70) == []
    assert pump.state is before


def test_keys_that_a_device_sends_apart_with_the_same_time_are_put_together():
    rule = rule_of(level(condition(limit=80), condition(key="pressure", limit=3), match="all"))
    pump = Device(rule)

    assert pump.sends("10:00", temperature=95) == []
    assert pump.sends("10:00", pressure=4) == ["raised major"]
    before = pump.state
    assert pump.sends("10:00", pressure=4) == []
    assert pump.state is before


def test_repetitions_of_what_was_settled_change_nothing():
    pump = Device(above_80())
    for minute in range(59):
        pump.sends(f"10:{minute:02}:00", 70)
        pump.sends(f"10:{minute:02}:30", 95)
    before = pump.state

    for minute in range(59):
        assert pump.sends(f"10:{minute:02}:00", 70) == []
        assert pump.sends(f"10:{minute:02}:30", 95) == []
    assert pump.state is before


def test_a_gap_longer_than_max_gap_restarts_for():
    pump = Device(above_80(for_seconds=60, max_gap_seconds=40))

    pump.sends("10:00:00", 95)
    pump.sends("10:00:40", 95)
    assert pump.sends("10:01:21", 95) == []
    assert pump.sends("10:02:00", 95) == []
    assert pump.sends("10:02:21", 95) == ["raised major"]
    assert pump.last.ts_us == at("10:01:21")


def test_a_gap_does_not_end_what_is_active():
    pump = Device(above_80(max_gap_seconds=40))
    pump.sends("10:00", 95)

    assert pump.sends("12:00", 95) == []
    assert pump.state.status == "active"


def test_by_default_the_gap_is_twice_the_usual_interval_of_the_device():
    pump = Device(above_80(for_seconds=600))
    for minute in range(8):
        pump.sends(f"10:{minute:02}", 70)
    pump.sends("10:08", 95)

    pump.sends("10:10:00", 95)  # 120 s are twice 60 s
    assert pump.sends("10:12:00", 95) == []
    assert pump.sends("10:14:00", 95) == []
    assert pump.sends("10:16:00", 95) == []
    assert pump.sends("10:18:00", 95) == ["raised major"]
    assert pump.last.ts_us == at("10:08")


def test_by_default_a_gap_is_longer_than_30_seconds():
    pump = Device(above_80(for_seconds=60))

    for second in range(8):
        pump.sends(f"10:00:{second:02}", 70)
    pump.sends("10:00:10", 95)
    pump.sends("10:00:40", 95)
    assert pump.sends("10:01:10", 95) == ["raised major"]


def test_the_usual_interval_is_that_of_the_last_8():
    pump = Device(above_80(for_seconds=200))
    for minute in range(10):
        pump.sends(f"10:{minute:02}", 70)
    for second in range(9):
        pump.sends(f"10:10:{second:02}", 95)

    assert pump.sends("10:10:59", 95) == []  # 51 s are a gap for a device of one second
    pump.sends("10:11:20", 95)
    pump.sends("10:11:40", 95)
    for second in (10, 40):
        pump.sends(f"10:12:{second}", 95)
        pump.sends(f"10:13:{second}", 95)
    assert pump.sends("10:14:00", 95) == []
    assert pump.sends("10:14:19", 95) == ["raised major"]
    assert pump.last.ts_us == at("10:10:59")
