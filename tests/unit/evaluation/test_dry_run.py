from qlines.evaluation.dry_run import MAX_ALARMS, OutOfTimeError, PastAlarm, dry_run
from qlines.evaluation.sample import Sample
from tests.unit.evaluation.case import above_80, at, condition, level, rule_of
from tests.unit.evaluation.past import columns_of


def readings(*pairs):
    return [columns_of(Sample(at(clock), 0, {"temperature": value}) for clock, value in pairs)]


def test_it_counts_what_would_have_been():
    pump = readings(("08:00", 95), ("08:30", 70), ("09:00", 95), ("09:10", 70), ("09:50", 95))

    result = dry_run(above_80(), [("pump", pump, {}), ("tank", [], {})], at("10:00"))

    assert result.raised == 3
    assert result.cleared == 2
    assert result.longest_seconds == 1_800
    assert result.true_now == ["pump"]
    assert result.alarms == [
        PastAlarm("pump", "major", at("08:00"), at("08:30")),
        PastAlarm("pump", "major", at("09:00"), at("09:10")),
        PastAlarm("pump", "major", at("09:50"), None),
    ]


def test_each_device_has_its_own_attributes():
    rule = rule_of(level(condition(limit={"attribute": "maxTemp", "default": 80})))
    hot = readings(("08:00", 85))

    result = dry_run(rule, [("a", hot, {}), ("b", hot, {"maxTemp": 90})], at("10:00"))

    assert result.true_now == ["a"]


def test_an_alarm_has_the_worst_severity_that_it_reached():
    rule = rule_of(level(condition(limit=90), severity="critical"), level(condition(limit=80)))
    pump = readings(("08:00", 85), ("08:10", 95), ("08:20", 85), ("08:30", 70))

    result = dry_run(rule, [("pump", pump, {})], at("10:00"))

    assert result.alarms == [PastAlarm("pump", "critical", at("08:00"), at("08:30"))]


def test_time_passes_between_the_readings():
    rule = rule_of(level(condition("no_data", None, seconds=600)))
    pump = readings(("08:00", 20), ("08:05", 20), ("08:35", 20), ("09:55", 20))

    result = dry_run(rule, [("pump", pump, {})], at("10:00"))

    assert (result.raised, result.cleared, result.true_now) == (2, 2, [])
    assert result.longest_seconds == 70 * 60
    assert dry_run(rule, [("pump", pump, {})], at("10:05")).true_now == ["pump"]


def test_a_device_without_readings_is_silent_from_the_start_when_that_is_asked_for():
    rule = rule_of(level(condition("no_data", None, seconds=600, if_never=True)))

    result = dry_run(rule, [("tank", [], {})], at("10:00"), from_us=at("08:00"))

    assert result.alarms == [PastAlarm("tank", "major", at("08:10"), None)]


def test_it_names_the_first_200():
    on_off = [(f"{8 + n // 60:02}:{n % 60:02}", 95 if n % 2 else 70) for n in range(600)]

    result = dry_run(above_80(), [("pump", readings(*on_off), {})], at("20:00"))

    assert result.raised == 300
    assert len(result.alarms) == 200


def test_readings_of_the_future_are_left_out():
    assert dry_run(above_80(), [("pump", readings(("11:00", 95)), {})], at("10:00")).raised == 0


def test_a_device_whose_time_is_up_is_left_out_with_those_after_it():
    def endless():
        yield from readings(("08:00", 95), ("08:30", 70), ("09:00", 95))
        raise OutOfTimeError

    hot = readings(("08:00", 95))
    devices = [("pump", hot, {}), ("endless", endless(), {}), ("tank", hot, {})]

    result = dry_run(above_80(), devices, at("10:00"))

    assert (result.raised, result.cleared, result.true_now) == (1, 0, ["pump"])
    assert result.alarms == [PastAlarm("pump", "major", at("08:00"), None)]


def test_of_many_alarms_the_first_are_returned():
    first = columns_of(Sample(n * 1_000_000, 0, {"temperature": 95 * (n % 2)}) for n in range(300))
    others = [(str(n), [first], {}) for n in range(3)]

    result = dry_run(above_80(), others, 300_000_000)

    assert result.raised == 450
    assert len(result.alarms) == MAX_ALARMS
