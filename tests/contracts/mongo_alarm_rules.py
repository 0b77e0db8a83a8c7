"""What store/ promises about alarm rules, on the fake and on mongod."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.evaluation.rule_check import check
from qlines.evaluation.state import State
from qlines.evaluation.state_document import from_document
from qlines.store import (
    alarm_rules,
    alarm_scope,
    alarm_search,
    devices,
    products,
    rule_import,
    rule_states,
)
from qlines.store.product_rules import checked_product
from tests.contracts.mongo_alarms import ALICE, BOB, PUMP, VALVE, events, listed, raised

NOW = utc_datetime(1_800_000_000_000_000)
LATER = NOW + timedelta(minutes=1)
ABOVE = {"kind": "above", "key": "temperature", "limit": 80}


def rule_fields(name="too hot", **more):
    levels = [{"severity": "major", "conditions": [ABOVE]}]
    return check({"name": name, "levels": levels, **more})


def added(db, name="too hot", *, owner=ALICE, states=None, **more):
    return alarm_rules.add(db, owner, rule_fields(name, **more), NOW, states=states or {})


def changed(db, rule, **more):
    return alarm_rules.change(db, rule, {**alarm_rules.given(rule), **more}, LATER)


class AlarmRulesContract:
    def test_an_owner_sees_the_own_rules_only_by_name(self, db):
        tenth, second = added(db, "rule 10"), added(db, "rule 2")
        added(db, "rule 2", owner=BOB)

        assert alarm_rules.of_owner(db, ALICE) == [second, tenth]
        assert alarm_rules.find(db, second["_id"], owner=ALICE) == second
        with pytest.raises(NotFoundError, match="there is no alarm rule"):
            alarm_rules.find(db, second["_id"], owner=BOB)

    def test_it_is_stored_in_normal_form(self, db):
        rule = added(db)

        assert alarm_rules.given(rule) == rule_fields()
        assert (rule["version"], rule["enabled_at"], rule["created_at"]) == (1, NOW, NOW)

    def test_a_name_is_taken_once(self, db):
        added(db)
        other = added(db, "too cold")

        with pytest.raises(ConflictError, match="already have an alarm rule named 'too hot'"):
            added(db)
        with pytest.raises(ConflictError, match="already have an alarm rule named 'too hot'"):
            changed(db, other, name="too hot")

    def test_there_are_not_too_many(self, db, monkeypatch):
        monkeypatch.setattr(alarm_rules, "MAX_RULES", 1)
        added(db)

        with pytest.raises(ConflictError, match="you have 1 alarm rules, and no more than 1 may"):
            added(db, "one more")
        added(db, owner=BOB)

    @pytest.mark.parametrize("kind", ["device", "product"])
    def test_its_scope_is_its_owners(self, db, kind):
        device = devices.add(db, BOB, "pump")["_id"]
        product = products.add(db, BOB, checked_product({"name": "Pump"}))["_id"]
        scope = {"type": kind, "value": str(device if kind == "device" else product)}

        assert added(db, owner=BOB, scope=scope)["scope"] == scope
        for value in (scope["value"], "f" * 24, "nonsense"):
            with pytest.raises(FieldError, match=f"must be the id of one of your {kind}s"):
                added(db, scope={"type": kind, "value": value})
        assert alarm_rules.of_owner(db, ALICE) == []

    def test_its_channels_are_its_owners(self, db):
        channel = ObjectId()
        db.channels.insert_one({"_id": channel, "owner": BOB, "name": "mail", "type": "email",
                                "settings": {}, "default": True, "enabled": True, "operator": False,
                                "quiet_hours": None, "created_at": NOW})  # fmt: skip
        escalation = {"after_seconds": 60, "channels": [str(channel)]}

        assert added(db, owner=BOB, channels=[str(channel)], escalation=escalation)
        with pytest.raises(FieldError, match="channels must be ids of your own channels"):
            added(db, channels=[str(channel)])
        with pytest.raises(FieldError, match=r"escalation\.channels must be ids"):
            added(db, escalation=escalation)

    def test_its_version_rises_when_something_decides_otherwise(self, db):
        rule = added(db)

        renamed = changed(db, rule, name="hot", message="look", cool_down_seconds=9)
        decided = changed(db, renamed, sticky=True)

        assert (renamed["version"], decided["version"]) == (1, 2)
        assert (renamed["changed_at"], decided["changed_at"]) == (
            LATER,
            LATER + timedelta(milliseconds=1),
        )
        assert decided["enabled_at"] == NOW
        assert (renamed["begun_at"], decided["begun_at"]) == (NOW, LATER)

    def test_more_devices_than_one_transaction_stores_are_refused_with_the_way_on(
        self, db, monkeypatch
    ):
        monkeypatch.setattr(rule_states, "MAX_AT_ONCE", 1)
        two = {ObjectId(): State.new(), ObjectId(): State.new()}
        fields = alarm_rules.given(added(db))

        with pytest.raises(ConflictError, match=r"2 devices would be .* at most 1 are"):
            alarm_rules.add(db, ALICE, {**fields, "name": "other"}, NOW, states=two)
        assert [rule["name"] for rule in alarm_rules.of_owner(db, ALICE)] == [fields["name"]]

    def test_of_two_who_change_it_at_once_the_second_is_refused(self, db):
        rule = added(db)
        alarm = raised(db, rule=rule["_id"])
        changed(db, rule, name="hot")

        with pytest.raises(ConflictError, match="was changed in the meantime"):
            changed(db, rule, enabled=False)
        assert alarm_search.find(db, alarm, owner=ALICE)["active"]
        alarm_rules.remove(db, rule, LATER)
        with pytest.raises(NotFoundError):
            changed(db, rule, name="hotter")

    def test_switched_off_its_alarms_end(self, db):
        rule = added(db, states={VALVE: State.suppressed()})
        alarm, other = raised(db, rule=rule["_id"]), raised(db)

        off = changed(db, rule, enabled=False)
        on = changed(db, off | {"changed_at": LATER}, enabled=True)

        ended = alarm_search.find(db, alarm, owner=ALICE)
        assert (ended["active"], ended["end_reason"]) == (False, "rule switched off")
        assert alarm_search.find(db, other, owner=ALICE)["active"]
        assert list(db.alarm_states.find({})) == []
        assert on["enabled_at"] == on["begun_at"] == LATER
        assert (off["version"], on["version"]) == (1, 2)
        assert events(db) == [("cleared", "2")]

    def test_removed_its_alarms_end_and_stay(self, db):
        rule = added(db, states={VALVE: State.suppressed()})
        alarm = raised(db, rule=rule["_id"])

        alarm_rules.remove(db, rule, LATER)

        assert listed(db, status="cleared") == [alarm]
        assert alarm_search.find(db, alarm, owner=ALICE)["end_reason"] == "rule removed"
        assert list(db.alarm_states.find({})) == []
        with pytest.raises(NotFoundError):
            alarm_rules.remove(db, rule, LATER)

    def test_it_is_about_devices_that_are_suppressed_once_it_was_false(self, db):
        rule = added(db, states={PUMP: State.suppressed(heard_us=17), VALVE: State.suppressed()})

        of_pump, of_valve = db.alarm_states.find({}).sort("_id")

        assert (of_pump["_id"], of_pump["version"]) == (f"{rule['_id']}:{PUMP}", 1)
        assert from_document(of_pump["state"]) == State.suppressed(heard_us=17)
        assert from_document(of_valve["state"]) == State.suppressed()

    def test_a_rule_about_a_device_alone_is_removed_with_it(self, db):
        pump = devices.add(db, ALICE, "pump")
        of_pump = added(db, scope={"type": "device", "value": str(pump["_id"])})
        of_all = added(db, "others")

        devices.remove(db, pump["_id"], LATER)

        assert alarm_rules.of_owner(db, ALICE) == [of_all]
        assert of_pump != of_all


class AlarmScopeContract:
    def test_a_scope_has_its_owners_devices_by_name(self, db):
        product = products.add(db, ALICE, checked_product({"name": "Pump"}))["_id"]
        tenth = devices.add(db, ALICE, "pump 10", tags=["wet"])["_id"]
        second = devices.add(db, ALICE, "pump 2", tags=["wet", "big"])["_id"]
        devices.add(db, BOB, "pump 3", tags=["wet", "big"])
        devices.patch(db, tenth, owner=ALICE, product=product)

        def found(kind, value=None):
            scope = {"type": kind} | ({"value": str(value)} if value else {})
            return [device["_id"] for device in alarm_scope.devices_of(db, ALICE, scope)]

        assert found("all") == [second, tenth]
        assert found("tag", "wet") == [second, tenth]
        assert found("tag", "big") == [second]
        assert found("product", product) == [tenth]
        assert found("device", second) == [second]

    def test_a_scope_has_a_name_while_it_is_its_owners(self, db):
        product = products.add(db, ALICE, checked_product({"name": "Pump"}))["_id"]
        device = devices.add(db, ALICE, "pump 1")["_id"]
        bobs = devices.add(db, BOB, "pump 2")["_id"]
        scopes = [
            {"type": "device", "value": str(device)},
            {"type": "device", "value": str(bobs)},
            {"type": "product", "value": str(product)},
            {"type": "product", "value": "nonsense"},
            {"type": "tag", "value": "wet"},
            {"type": "all"},
        ]

        assert alarm_scope.names_of(db, ALICE, scopes) == [
            "pump 1", None, "Pump", None, "wet", "",
        ]  # fmt: skip


FILE = """\
rules:
- name: too hot
  scope: {type: all}
  levels:
  - severity: critical
    conditions:
    - {kind: above, key: temperature, limit: 90}
- name: too cold
  levels:
  - severity: minor
    conditions:
    - {kind: below, key: temperature, limit: 5}
"""


class RuleImportContract:
    def test_rules_are_added_and_changed_by_name_and_others_stay(self, db):
        hot, wet = added(db, sticky=True), added(db, "too wet")

        plan = rule_import.plan(db, ALICE, FILE)
        rule_import.apply(db, ALICE, plan, LATER, {"too cold": {PUMP: State.suppressed()}})

        cold, now_hot, still_wet = alarm_rules.of_owner(db, ALICE)
        assert (plan.added, plan.changed, plan.unchanged, plan.kept) == (
            ["too cold"], ["too hot"], [], ["too wet"],
        )  # fmt: skip
        assert now_hot["_id"] == hot["_id"]
        assert (now_hot["levels"][0]["severity"], now_hot["sticky"]) == ("critical", False)
        assert cold["created_at"] == LATER
        assert still_wet == wet
        assert [one["rule"] for one in db.alarm_states.find({})] == [cold["_id"]]

    def test_an_audit_line_names_some_of_many(self, db, monkeypatch):
        monkeypatch.setattr(rule_import, "MAX_NAMED", 1)
        plan = rule_import.plan(db, ALICE, FILE)

        assert rule_import.what(plan) == "added 'too hot' and 1 more"

    def test_the_same_file_again_changes_nothing(self, db):
        rule_import.apply(db, ALICE, rule_import.plan(db, ALICE, FILE), NOW, {})

        plan = rule_import.plan(db, ALICE, FILE)

        assert (plan.changes, plan.unchanged) == ([], ["too hot", "too cold"])

    def test_a_fault_of_one_stores_none(self, db):
        text = FILE + "- name: too dry\n  scope: {type: device, value: " + "f" * 24 + "}\n"
        text += "  levels: [{severity: info, conditions: [{kind: change, key: a}]}]\n"
        text += "  keep_for_seconds: 60\n"

        [fault] = rule_import.plan(db, ALICE, text).faults

        assert (fault.line, fault.rule) == (13, "too dry")
        assert fault.reason.startswith("scope.value must be the id of one of your devices")

    def test_a_rule_that_somebody_has_changed_meanwhile_is_not_overwritten(self, db):
        hot = added(db)
        plan = rule_import.plan(db, ALICE, FILE)
        changed(db, hot, sticky=True)

        with pytest.raises(ConflictError, match="was changed in the meantime"):
            rule_import.apply(db, ALICE, plan, LATER, {})

    def test_there_are_not_too_many(self, db, monkeypatch):
        monkeypatch.setattr(alarm_rules, "MAX_RULES", 1)

        with pytest.raises(ConflictError, match="no more than 1 may be"):
            rule_import.apply(db, ALICE, rule_import.plan(db, ALICE, FILE), NOW, {})
