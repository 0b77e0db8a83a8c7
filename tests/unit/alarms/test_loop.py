from qlines.alarms import catalog, pending, term
from qlines.evaluation.sentence import alarm_text
from qlines.evaluation.state import State
from qlines.role import STANDBY, Role
from tests.unit.alarms.stage import ABOVE_80, OWNER, device_id


def test_a_reading_above_the_limit_raises_one_alarm_and_one_below_ends_it(hot):
    for value in (81, 82, 83):
        hot.send(value)
        hot.run(1)
    assert [one["severity"] for one in hot.active] == ["critical"]

    hot.send(70)
    hot.run(1)

    (alarm,) = hot.alarms
    assert (alarm["active"], alarm["end_reason"], alarm["count"]) == (False, "reading", 3)
    assert hot.events == [("raised", "critical"), ("cleared", "critical")]
    assert [one["_id"] for one in hot.db.alarm_events.find()] == [
        f"{alarm['_id']}:1",
        f"{alarm['_id']}:2",
    ]


def test_without_a_rule_nothing_is_read_and_no_place_is_kept(stage):
    stage.add_device()
    stage.send(90)
    stage.start()
    stage.run(2)

    assert stage.heartbeat.sentence == "no alarm rule is enabled"
    assert list(stage.db.alarm_positions.find()) == []


def test_a_killed_evaluator_continues_where_it_has_stored(hot):
    hot.send(81)
    hot.run(1)
    hot.send(82)

    hot.start()
    hot.run(1)
    hot.send(70)
    hot.run(1)

    assert hot.events == [("raised", "critical"), ("cleared", "critical")]


def test_the_time_that_a_rule_waits_survives_a_kill(stage):
    stage.add_device()
    stage.add_rule(ABOVE_80, for_seconds=300, max_gap_seconds=600)
    stage.start()
    stage.send(90)
    stage.run(240, step=60)

    stage.start()
    stage.run(60, step=30)
    stage.send(90)
    stage.run(2)

    (alarm,) = stage.active
    assert (alarm["raised_ts"] / 1e6 - alarm["started_at"].timestamp()) == 300


def test_the_usual_interval_of_a_device_that_sends_seldom_survives_a_kill(stage):
    stage.add_device()
    stage.add_rule(ABOVE_80, for_seconds=900)
    stage.start()
    for _ in range(4):
        stage.send(20)
        stage.run(600, step=100)
    stage.start()

    for _ in range(3):
        stage.send(90)
        stage.run(600, step=100)

    (alarm,) = stage.active
    assert (alarm["raised_ts"] / 1e6 - alarm["started_at"].timestamp()) == 1200


def test_that_one_of_all_conditions_is_true_survives_a_kill(stage):
    stage.add_device()
    is_open = {"kind": "equals", "key": "lid", "value": "open"}
    all_of = {"severity": "critical", "match": "all", "conditions": [is_open, ABOVE_80]}
    stage.add_rule(levels=[all_of])
    stage.start()
    stage.run(1)
    stage.send("open", key="lid")  # as it changes, and not again for days
    stage.run(6)
    stage.start()
    stage.send(90)
    stage.run(2)
    assert len(stage.active) == 1

    stage.send("shut", key="lid")
    stage.send(70)
    stage.run(6)
    stage.start()
    stage.send(90)
    stage.run(2)

    assert stage.active == []


def test_the_standby_rests_and_what_was_active_gives_the_lease_up(hot):
    hot.role = Role(STANDBY, 0.0, 0.0, "the other side is active")
    hot.send(90)

    hot.run(2)

    assert hot.alarms == []
    assert "holder" not in hot.leases
    assert hot.heartbeat.sentence.startswith("the other side evaluates alarm rules")


def test_the_next_holder_continues_and_the_former_one_writes_nothing(hot):
    hot.send(81)
    hot.run(1)
    former = hot.evaluator
    hot.leases.pop("holder")  # its lease is over, and it does not know

    hot.start("the other side")
    hot.run(1)
    hot.send(70)
    former.run_once()
    former.run_once()
    hot.run(1)

    assert hot.events == [("raised", "critical"), ("cleared", "critical")]
    assert {one["fence"] for one in hot.alarms} == {1}


def test_a_side_that_was_followed_by_the_other_one_repeats_nothing_of_what_that_one_said(hot):
    former = hot.evaluator
    hot.start()  # of twins both have the same name
    hot.run(1)
    hot.send(90)
    hot.run(1)
    hot.send(20)
    hot.run(2)

    for _ in range(4):
        former.run_once()
        hot.clock.advance(0.5)

    assert hot.events == [("raised", "critical"), ("cleared", "critical")]
    assert former.counters["is_evaluating"] == 0


def test_what_was_cleared_by_hand_is_raised_again_only_after_it_was_false(hot):
    hot.send(90)
    hot.run(1)
    (first,) = hot.active
    hot.clear_by_hand(first)
    hot.run(2)
    hot.send(91)
    hot.run(2)
    assert hot.active == []

    hot.send(70)
    hot.send(92, at=1)
    hot.run(2)

    (second,) = hot.active
    assert second["_id"] != first["_id"]


def test_an_alarm_cleared_by_hand_at_the_moment_of_a_change_stays_cleared(hot):
    hot.send(90)
    hot.run(1)
    hot.db.alarms.update_one({"_id": hot.active[0]["_id"]}, {"$set": {"active": False}})
    hot.send(91)  # the change stream has not said so yet

    hot.run(4)

    assert hot.active == []
    assert hot.evaluator.counters["restarts"] == 0, "it costs the others nothing"
    hot.start()
    hot.send(92)
    hot.run(2)
    assert hot.active == []


def test_an_alarm_that_was_cleared_by_hand_does_not_end_once_more(hot):
    hot.send(90)
    hot.run(1)
    hot.db.alarms.update_one({"_id": hot.active[0]["_id"]}, {"$set": {"active": False}})
    hot.send(70)  # the change stream has not said so yet
    hot.send(92, at=1)

    hot.run(4)

    assert hot.events == [("raised", "critical"), ("raised", "critical")], "it was false once"
    assert hot.evaluator.counters["restarts"] == 0, "it costs the others nothing"


def test_an_alarm_that_is_cleared_by_hand_during_a_start_is_not_taken_for_one_without_a_rule(
    hot, monkeypatch
):
    hot.send(90)
    hot.run(1)
    (alarm,) = hot.active
    read = catalog.read_active_alarms

    def cleared_a_moment_later(db):
        found = read(db)
        hot.clear_by_hand(alarm)
        hot.begin_with(alarm["rule"], 1, State.suppressed())
        return found

    monkeypatch.setattr(catalog, "read_active_alarms", cleared_a_moment_later)
    hot.start()
    hot.run(2)

    assert [one["end_reason"] for one in hot.alarms] == ["by hand"]
    assert hot.evaluator.counters["restarts"] == 0


def test_a_log_that_was_replaced_is_read_from_its_beginning(hot):
    hot.run(6)
    for records in hot.broker.records.values():
        records.clear()
    hot.broker.log = "log-2"
    hot.send(90)

    hot.start()
    hot.run(1)

    assert len(hot.active) == 1


def test_records_that_are_read_again_after_a_broker_was_restarted_change_nothing(hot):
    hot.send(90)
    hot.run(1)
    hot.send(70)
    hot.run(1)
    hot.broker.epoch += 1

    hot.start()
    hot.run(2)

    assert hot.events == [("raised", "critical"), ("cleared", "critical")]


def test_a_late_upload_makes_one_alarm_of_the_past_and_a_quiet_event(hot):
    for minute in range(120, 60, -1):
        hot.send(90 if 80 < minute < 100 else 70, at=-60.0 * minute, received=0.0)
    hot.run(2)
    hot.start()
    hot.run(2)

    (alarm,) = hot.alarms
    assert (alarm["historic"], alarm["active"]) == (True, False)
    assert [one["quiet"] for one in hot.db.alarm_events.find()] == [True]
    assert (alarm["ended_at"] - alarm["started_at"]).total_seconds() == 19 * 60


def test_a_rule_takes_its_limit_from_an_attribute_of_the_device(stage):
    stage.add_device()
    stage.db.server_attributes.insert_one(
        {"_id": stage.db.devices.documents[0]["_id"], "values": [{"key": "maxTemp", "value": 95}]}
    )
    limit = {"attribute": "maxTemp", "default": 80}
    stage.add_rule({"kind": "above", "key": "temperature", "limit": limit})
    stage.start()
    stage.send(90)
    stage.run(2)
    assert stage.alarms == []

    stage.send(96)
    stage.run(1)

    assert [one["limit"] for one in stage.active] == [95]


def test_each_rule_says_when_it_was_evaluated_and_what_is_wrong(hot):
    hot.add_rule(ABOVE_80, name="broken")
    hot.db.alarm_rules.update_one({"name": "broken"}, {"$set": {"levels": [{}]}})
    hot.run(12)

    good, broken = hot.db.alarm_rules.documents
    assert good["evaluated_at"]
    assert "last_error" not in good
    assert "cannot be read" in broken["last_error"]["sentence"]


def test_a_storm_is_stored_in_transactions_that_are_not_too_large(stage, monkeypatch):
    monkeypatch.setattr(pending, "MAX_WRITES", 6)
    monkeypatch.setattr(pending, "FULL", 10)
    monkeypatch.setattr(term, "OBSERVED_AT_ONCE", 3)
    sizes, commit = [], term.alarm_commit.commit

    def counted(db, lease, batch, now):
        sizes.append((len(batch.raised), len(batch.positions)))
        commit(db, lease, batch, now)

    monkeypatch.setattr(term.alarm_commit, "commit", counted)
    devices = range(1, 41)
    for number in devices:
        stage.add_device(number)
    stage.add_rule(ABOVE_80)
    stage.start()
    stage.run(1)
    now_us = stage.clock.now_us()
    hot_one = {"owner": OWNER, "ts": now_us, "values": {"temperature": 90}}
    stage.broker.publish([{"device": device_id(one), **hot_one} for one in devices], now_us)
    sizes.clear()

    stage.evaluator.run_once()
    stored = [alarms for alarms, _ in sizes]
    assert (max(stored), sum(stored)) == (3, 12), "memory is bounded too: the rest waits"
    stage.run(4)

    assert len(stage.active) == len(devices)
    assert [one["offset"] for one in stage.db.alarm_positions.find()] == [1]


def test_an_alarm_says_why_it_has_the_severity_that_it_has(stage):
    stage.add_device()
    levels = [
        {"severity": "critical", "conditions": [{**ABOVE_80, "limit": 95}]},
        {"severity": "major", "conditions": [ABOVE_80]},
    ]
    stage.add_rule(levels=levels)
    stage.start()
    stage.run(1)
    stage.send(85)
    stage.run(1)
    stage.send(96)
    stage.run(1)

    (alarm,) = stage.active
    assert (alarm["severity"], alarm["value"], alarm["limit"]) == ("critical", 96, 95)
    assert "temperature 96 is above 95" in alarm_text(alarm)
    assert f"{alarm['events'][-1]['at']:%H:%M:%S}" in alarm_text(alarm)

    stage.send(90)
    stage.run(1)

    (alarm,) = stage.active
    assert (alarm["severity"], alarm["value"], alarm["limit"]) == ("major", 90, 80)
