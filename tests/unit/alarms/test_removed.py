"""A device, a product or a rule is removed while readings of it are on the way."""

import pytest
from bson import ObjectId

from qlines.alarms.changes import Changes
from qlines.store import alarm_rules, devices, products
from qlines.store.product_rules import checked_product
from tests.unit.alarms.stage import ABOVE_80, OWNER, device_id


def reasons(stage):
    return [(one["active"], one.get("end_reason")) for one in stage.alarms]


def noticed(stage, **what):
    """Let the change stream of MongoDB bring to the evaluator what was changed in it."""
    stage.changes.append(Changes(**what))


def assert_is_over(stage, count=1):
    """Nothing is left of what is gone, and what comes of it raises nothing."""
    for _ in range(3):
        stage.send(99)
        stage.run(2)
    assert len(stage.alarms) == count
    assert stage.active == []
    assert list(stage.db.alarm_states.find()) == []
    raised, cleared = (
        [one for one, _ in stage.events].count(name) for name in ("raised", "cleared")
    )
    assert raised == cleared == count


def test_the_alarm_of_a_removed_device_ends_and_its_last_readings_raise_nothing(hot):
    hot.send(95)
    hot.run(2)

    devices.remove(hot.db, device_id(1), hot.db_now)
    hot.send(70)
    hot.send(95)
    hot.run(1)
    noticed(hot, devices=frozenset({device_id(1)}))
    hot.run(2)

    assert reasons(hot) == [(False, "device removed")]
    assert_is_over(hot)


def test_a_reading_that_was_on_the_way_when_the_device_was_removed_raises_nothing(hot):
    hot.send(70)
    hot.run(2)
    hot.send(95)
    devices.remove(hot.db, device_id(1), hot.db_now)

    hot.run(5)

    assert hot.events == []
    assert_is_over(hot, 0)


def test_so_does_one_of_a_device_that_was_handed_over(hot):
    hot.send(95)
    hot.db.devices.update_one({"_id": ObjectId(device_id(1))}, {"$set": {"owner": ObjectId()}})

    hot.run(5)

    assert hot.events == []


def test_many_devices_are_removed_at_once(stage):
    stage.add_rule(ABOVE_80)
    for number in range(1, 21):
        stage.add_device(number)
    stage.start()
    stage.run(1)
    for number in range(1, 21):
        stage.send(95, number)
    stage.run(2)
    assert len(stage.active) == 20
    ids = [device_id(number) for number in range(1, 21)]

    devices.remove_all(stage.db, OWNER, ids, stage.db_now)
    noticed(stage, devices=frozenset(ids))
    stage.run(2)

    assert reasons(stage) == [(False, "device removed")] * 20
    assert_is_over(stage, 20)


def test_a_rule_about_one_device_goes_with_it_and_so_does_its_place_in_the_log(stage):
    stage.add_device()
    stage.add_rule(ABOVE_80, scope={"type": "device", "value": device_id(1)})
    stage.start()
    stage.run(1)
    stage.send(95)
    stage.run(2)

    devices.remove(stage.db, device_id(1), stage.db_now)
    noticed(stage, devices=frozenset({device_id(1)}), rules=True)
    stage.run(3)

    assert reasons(stage) == [(False, "device removed")]
    assert stage.db.alarm_rules.documents == []
    assert list(stage.db.alarm_positions.find()) == []
    assert_is_over(stage)


def test_a_device_that_was_removed_by_a_program_that_was_killed_halfway(hot):
    hot.send(95)
    hot.run(2)
    hot.db.devices.delete_one({"_id": ObjectId(device_id(1))})

    hot.start()
    hot.run(2)

    assert reasons(hot) == [(False, "device removed")]
    assert_is_over(hot)


@pytest.mark.parametrize("is_restarted", [False, True])
def test_without_its_product_a_device_is_not_what_the_rule_is_about(stage, is_restarted):
    product = products.add(stage.db, OWNER, checked_product({"name": "pump"}))
    stage.add_device(product=product["_id"])
    stage.add_rule(ABOVE_80, scope={"type": "product", "value": str(product["_id"])})
    stage.start()
    stage.run(1)
    stage.send(95)
    stage.run(2)

    products.remove(stage.db, product)
    if is_restarted:
        stage.start()
    else:
        noticed(stage, devices=frozenset({device_id(1)}))
    stage.run(3)

    assert reasons(stage) == [(False, "the rule is no longer about the device")]
    assert_is_over(stage)


def test_a_rule_that_is_removed_ends_its_alarms_and_no_reading_raises_them_again(hot):
    hot.send(95)
    hot.run(2)
    [rule] = alarm_rules.of_owner(hot.db, OWNER)

    hot.send(70)
    hot.send(96)
    alarm_rules.remove(hot.db, rule, hot.db_now)
    noticed(hot, rules=True)
    hot.run(3)

    assert hot.alarms[0]["end_reason"] == "rule removed"
    assert_is_over(hot, len(hot.alarms))
