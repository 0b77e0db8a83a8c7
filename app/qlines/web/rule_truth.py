"""Ask the person of a request whether a rule that is true at this moment shall raise at once."""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from qlines.store import rule_truth
from qlines.store.alarm_rules import AlarmRule
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.history_queries import history_client


def devices_to_suppress(
    fields: Mapping[str, Any], choice: str | None, before: AlarmRule | None = None
) -> dict[ObjectId, int]:
    """Return what rule_truth.to_suppress() does for the person, and raise what it raises."""
    if choice == rule_truth.AT_ONCE or not rule_truth.begins(fields, before):
        return {}
    owner, now_us = me().user_id, deps().clock.now_us()
    with history_client() as client:
        return rule_truth.to_suppress(deps().db, client, owner, fields, choice, before, now_us)
