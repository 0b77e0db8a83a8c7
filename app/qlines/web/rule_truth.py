"""Ask whether a rule that is true at this moment shall raise alarms at once."""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from qlines.errors import TrueNowError
from qlines.store import alarm_rules, alarm_search, rule_truth
from qlines.store.alarm_rules import AlarmRule
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.history_queries import history_client

AT_ONCE, NEXT = WHEN_TRUE_NOW = ("alarm", "next")


def devices_to_suppress(
    fields: Mapping[str, Any], choice: str | None, before: AlarmRule | None = None
) -> dict[ObjectId, int]:
    """Return the devices of which the rule shall raise an alarm only once it was false.

    Each with when something arrived from it last. *fields* are the rule's in normal form, *before*
    is the rule that they change. Raise TrueNowError when the rule is true for some and the person
    has made no choice.
    """
    if choice == AT_ONCE or not _begins(fields, before):
        return {}
    with history_client() as client:
        now_us = deps().clock.now_us()
        found = rule_truth.true_now(deps().db, client, me().user_id, fields, now_us)
    known = alarm_search.devices_with(deps().db, before["_id"]) if before else set()
    new = [(device, heard_us) for device, heard_us in found if device["_id"] not in known]
    if new and choice is None:
        raise TrueNowError([(str(device["_id"]), device["name"]) for device, _ in new])
    return {device["_id"]: heard_us for device, heard_us in new}


def _begins(fields: Mapping[str, Any], before: AlarmRule | None) -> bool:
    """Return whether the evaluator begins with the rule, or anew."""
    if not fields["enabled"]:
        return False
    return before is None or not before["enabled"] or alarm_rules.decides_anew(before, fields)
