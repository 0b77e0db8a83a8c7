"""Ask the person of a request whether a rule that is true at this moment shall raise at once."""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from qlines.evaluation.state import State
from qlines.store import rule_truth
from qlines.store.alarm_rules import AlarmRule
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.history_queries import history_client


def first_states(
    fields: Mapping[str, Any], choice: str | None, before: AlarmRule | None = None
) -> dict[ObjectId, State]:
    """Return what rule_truth.first_states() does for the person, and raise what it raises."""
    if not rule_truth.begins(fields, before):
        return {}
    owner, now_us = me().user_id, deps().clock.now_us()
    with history_client() as client:
        return rule_truth.first_states(deps().db, client, owner, fields, choice, before, now_us)
