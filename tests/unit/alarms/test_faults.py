"""A fault about one rule or device leaves the others' alone."""

from qlines.alarms import engine
from tests.unit.alarms.stage import device_id


def test_a_state_that_nobody_can_read_begins_anew_and_the_others_are_kept(hot, caplog):
    hot.add_device(2)
    hot.send(90, 1)
    hot.send(90, 2)
    hot.run(2)
    hot.db.alarm_states.documents[0]["state"] = {"of": "another version"}

    hot.start()
    hot.run(2)
    hot.send(91, 1)
    hot.send(91, 2)
    hot.run(2)

    assert {str(one["device"]) for one in hot.active} == {device_id(1), device_id(2)}
    assert "cannot be read" in caplog.text
    assert len(hot.alarms) == 3


def test_a_rule_that_was_changed_after_a_fault_has_none_until_the_next(hot, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError

    (rule,) = hot.db.alarm_rules.documents
    with monkeypatch.context() as broken:
        broken.setattr(engine, "observe", fails)
        hot.send(90)
        hot.run(12)
    assert "a fault of QLines" in hot.db.alarm_rules.documents[0]["last_error"]["sentence"]

    hot.change_rule(rule["_id"], version=2)
    hot.run(12)

    assert "last_error" not in hot.db.alarm_rules.documents[0]
