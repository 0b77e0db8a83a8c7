"""An owner has more rules and devices than the evaluator has memory for."""

from tests.unit.alarms.stage import ABOVE_80, device_id


def errors(stage):
    return [one.get("last_error", {}).get("sentence", "") for one in stage.db.alarm_rules.find()]


def test_what_is_left_out_is_said_on_the_page_of_the_rule_until_there_is_room(stage):
    stage.max_pairs = 1
    stage.add_rule(ABOVE_80)
    stage.add_device(1)
    stage.start()
    stage.run(1)
    stage.add_device(2)
    stage.run(12)
    for number in (1, 2):
        stage.send(95, number)
    stage.run(2)
    assert [str(one["device"]) for one in stage.active] == [device_id(1)]
    assert errors(stage)[0].startswith("it is not evaluated for 1 device, as you have more than 1")
    assert stage.evaluator.counters["pairs_left_out"] == 1

    stage.remove_device(1)
    stage.run(12)
    stage.send(96, 2)
    stage.run(2)

    assert [str(one["device"]) for one in stage.active] == [device_id(2)]
    assert errors(stage) == [""]


def test_an_alarm_that_is_left_out_after_a_start_ends_and_says_why(stage):
    stage.add_rule(ABOVE_80)
    for number in (1, 2):
        stage.add_device(number)
    stage.start()
    stage.run(1)
    stage.send(95, 2)
    stage.run(2)

    stage.max_pairs = 1
    stage.start()
    stage.run(2)

    [alarm] = stage.alarms
    assert (alarm["active"], alarm["end_reason"]) == (False, "too many rules and devices")
