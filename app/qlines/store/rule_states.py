"""What people do to the states of rules and devices (alarm_states.py), as parts of a transaction.

The evaluator begins again with what is stored when it finds that an alarm has ended otherwise.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError
from qlines.evaluation.state import State
from qlines.evaluation.state_document import from_document, to_document
from qlines.store import alarm_states
from qlines.store.alarm_document import AlarmDocument
from qlines.store.alarm_states import StoredState

MAX_AT_ONCE = 50_000  # 4 s on a mongod 6.0.5 on two busy cores; a transaction has 8


class RuleVersion(NamedTuple):
    """A rule of *owner* in one version."""

    rule: ObjectId
    owner: ObjectId
    version: int


def check_count(count: int) -> None:
    """Raise ConflictError when one transaction cannot store so many first states in its time."""
    if count > MAX_AT_ONCE:
        raise ConflictError(
            f"what is known of {count:,} devices would be stored with the rules, and at most"
            f" {MAX_AT_ONCE:,} are possible at once: name fewer devices, as by a tag, or import"
            " fewer rules at a time"
        )


def forget_in_session(db: Documents, session: ClientSession, query: Document) -> None:
    """Delete the states of a rule or of devices."""
    db.alarm_states.delete_many(query, session=session)


def begin_in_session(
    db: Documents,
    session: ClientSession,
    rule: RuleVersion,
    states: Mapping[ObjectId, State],
    now: datetime,
) -> None:
    """Let the rule begin with these states of devices, and with a new one of each other device."""
    _write(db, session, rule, states, now)


def clear_by_hand_in_session(
    db: Documents, session: ClientSession, alarm: AlarmDocument, now: datetime
) -> None:
    """Let the rule raise another alarm of the device only once it was false for it."""
    rule = RuleVersion(alarm["rule"], alarm["owner"], alarm["rule_version"])
    query = {"_id": f"{alarm['rule']}:{alarm['device']}"}
    stored = db.alarm_states.find_one(query, session=session)
    state = State.suppressed()
    if stored is not None:
        state = from_document(stored["state"]).cleared_by_hand()
        rule = rule._replace(version=stored["version"])
    _write(db, session, rule, {alarm["device"]: state}, now)


@raising_unavailable()
def is_true(db: Documents, alarm: AlarmDocument) -> bool | None:
    """Return whether the rule of an active alarm is true, and not only until ``keep_for`` is over.

    None where nobody knows: it has ended, or its state is not stored yet.
    """
    stored = db.alarm_states.find_one({"_id": f"{alarm['rule']}:{alarm['device']}"})
    if not alarm["active"] or stored is None or stored.get("alarm") != alarm["_id"]:
        return None
    return from_document(stored["state"]).status == "active"


def _write(
    db: Documents,
    session: ClientSession,
    rule: RuleVersion,
    states: Mapping[ObjectId, State],
    now: datetime,
) -> None:
    rule_id, owner = str(rule.rule), str(rule.owner)
    stored = [
        StoredState(rule_id, str(device), owner, rule.version, to_document(state))
        for device, state in states.items()
    ]
    if stored:
        writes = alarm_states.writes(stored, now)
        db.alarm_states.bulk_write(writes, ordered=False, session=session)
