from qlines.evaluation.machine import observe
from qlines.evaluation.sample import Sample
from qlines.evaluation.state import State
from qlines.evaluation.state_document import to_document
from tests.unit.evaluation.case import Device, above_80, at


def test_it_raises_above_the_limit_and_clears_at_it():
    pump = Device(above_80())

    assert pump.sends("10:00", 80) == []
    assert pump.sends("10:01", 80.1) == ["raised major"]
    assert pump.sends("10:02", 84.2) == []
    assert pump.sends("10:03", 80) == ["cleared"]


def test_it_says_what_was_compared_and_when():
    pump = Device(above_80())

    pump.sends("10:01", 84.2, arrives="10:01:20")

    assert pump.last._replace(what="") == (
        "raised", "major", at("10:01"), at("10:01"), at("10:01:20"), "temperature", 84.2, 80, 80,
        None, "", "",
    )  # fmt: skip
    assert pump.last.what == "temperature 84.2 is above 80"


def test_a_reading_that_the_rule_has_nothing_to_do_with_changes_nothing():
    state = State.new()

    step = observe(above_80(), state, Sample(at("10:00"), at("10:00"), {"pressure": 3}), {})

    assert (step.state, step.effects) == (state, ())
    assert step.state is state


def test_the_end_says_how_it_is_now():
    pump = Device(above_80())
    pump.sends("10:00", 95)
    pump.sends("10:01", 74.9)

    assert pump.last.what == "temperature is 74.9"


def test_a_device_that_sends_too_often_for_its_window_has_the_oldest_settled():
    pump, moment = Device(above_80(lateness_seconds=3_600)), at("10:00")
    for n in range(2_500):
        sample = Sample(moment + n * 1_000_000, moment + n * 1_000_000, {"temperature": 70})
        pump.state = observe(pump.rule, pump.state, sample, {}).state

    assert pump.sends("10:05", 95, arrives="10:41:40") == []
    assert len(to_document(pump.state)["chain"]["entries"]) <= 2_001
