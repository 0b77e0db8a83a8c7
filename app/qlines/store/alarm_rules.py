"""Rules that raise alarms, as their owners write them: the collection ``alarm_rules``.

What a rule may be is in evaluation/rule_check.py; here are its owner, its name and its version.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ChangedError, ConflictError, FieldError, NotFoundError
from qlines.evaluation.state import State
from qlines.store import alarm_ends, alarm_scope, rule_states
from qlines.store.alarm_scope import Scope
from qlines.store.device_document import BY_NAME
from qlines.store.ids import object_id
from qlines.store.rule_states import RuleVersion
from qlines.store.transaction import in_transaction

Id = str | ObjectId

MILLISECOND = timedelta(milliseconds=1)
MAX_RULES = 1_000  # of an owner
NO_STATES: Mapping[ObjectId, State] = {}
REMOVED, DISABLED = "rule removed", "rule switched off"
# What people write, in the order in which they read it.
FIELDS = (
    "name", "enabled", "scope", "levels", "keep_for_seconds", "max_gap_seconds",
    "lateness_seconds", "schedule", "sticky", "cool_down_seconds", "message", "channels",
    "reminder_seconds", "escalation",
)  # fmt: skip
# With another one of these, what the evaluator knows of the devices no longer holds.
DECIDING = (
    "scope", "levels", "keep_for_seconds", "max_gap_seconds", "lateness_seconds", "schedule",
    "sticky",
)  # fmt: skip


class AlarmRule(TypedDict):
    """A rule as MongoDB stores it; evaluation/rule_check.py explains its fields.

    *version* rises when one of DECIDING changes, and when it is switched on, so that the evaluator
    begins again also where it did not see that it was off; *begun_at* is when that was last. The
    last three are the evaluator's: when it looked last, its last error, and how far the readings
    were behind the clock.
    """

    _id: ObjectId
    owner: ObjectId
    name: str
    enabled: bool
    scope: Scope
    levels: list[dict[str, Any]]
    keep_for_seconds: int
    max_gap_seconds: float | None
    lateness_seconds: int
    schedule: dict[str, Any] | None
    sticky: bool
    cool_down_seconds: int
    message: str
    channels: list[str] | None
    reminder_seconds: int
    escalation: dict[str, Any] | None
    version: int
    created_at: datetime
    changed_at: datetime
    enabled_at: datetime
    begun_at: datetime
    evaluated_at: NotRequired[datetime]
    last_error: NotRequired[dict[str, Any]]
    lag_ms: NotRequired[int]


def named(rule: AlarmRule) -> str:
    """Return the rule as audit lines name it."""
    return f"the alarm rule {rule['name']!r} ({rule['_id']})"


def given(rule: AlarmRule) -> dict[str, Any]:
    """Return what its owner has written, in normal form, as the check and the API take it."""
    fields = cast("Mapping[str, Any]", rule)
    return {name: fields[name] for name in FIELDS}


@raising_unavailable()
def of_owner(db: Documents, owner: Id) -> list[AlarmRule]:
    """Return the owner's rules, sorted by name."""
    found = rule_collection(db).find({"owner": object_id(owner)})
    return list(found.sort("name").collation(BY_NAME))


@raising_unavailable()
def find(db: Documents, rule_id: Id, *, owner: Id) -> AlarmRule:
    """Return the rule; raise NotFoundError when it does not exist or is not *owner*'s."""
    query = {"_id": object_id(rule_id), "owner": object_id(owner)}
    rule = rule_collection(db).find_one(query)
    if rule is None:
        raise NotFoundError(f"there is no alarm rule {rule_id}")
    return rule


def check_references(
    db: Documents, owner: ObjectId, fields: Mapping[str, Any], before: AlarmRule | None = None
) -> None:
    """Raise FieldError when a rule in normal form names what is not its owner's.

    What *before* names, the rule that they change, it may name on: a channel may have been removed
    since, a device claimed, and the rule must be changed and switched off anyway.
    """
    if before is None or before["scope"] != fields["scope"]:
        alarm_scope.check(db, owner, fields["scope"])
    known = _channels_of(given(before)) if before else {}
    for field, ids in _channels_of(fields).items():
        _check_channels(db, owner, field, ids - known.get(field, set()))


def _channels_of(fields: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the channels that a rule in normal form names, by field; pure."""
    escalation = fields["escalation"] or {"channels": ()}
    return {
        "channels": set(fields["channels"] or ()),
        "escalation.channels": set(escalation["channels"]),
    }


@raising_unavailable()
def _check_channels(db: Documents, owner: ObjectId, field: str, wanted: set[str]) -> None:
    valid = [ObjectId(one) for one in wanted if ObjectId.is_valid(one)]
    found = db.channels.find({"_id": {"$in": valid}, "owner": owner}, {"_id": 1}) if valid else ()
    unknown = wanted - {str(one["_id"]) for one in found}
    if unknown:
        raise FieldError(field, f"must be ids of your own channels, got {min(unknown)[:50]!r}")


@raising_unavailable()
def add(
    db: Documents,
    owner: ObjectId,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    states: Mapping[ObjectId, State] = NO_STATES,
) -> AlarmRule:
    """Add a rule in normal form.

    *states* are those with which it begins (rule_truth.first_states).

    Raise FieldError when it names what is not the owner's, ConflictError when the owner has a rule
    of this name, or too many, or when there are too many states.
    """
    check_references(db, owner, fields)
    rule_states.check_count(len(states))
    rule = rule_document(owner, fields, now)

    def insert(session: ClientSession) -> None:
        check_room(db, owner, 1)
        insert_in_session(db, session, rule, states, now)

    in_transaction(db, insert)
    return rule


def check_room(db: Documents, owner: ObjectId, new: int) -> None:
    """Raise ConflictError when *new* rules more would be too many."""
    there = rule_collection(db).count_documents({"owner": owner})
    if there + new > MAX_RULES:
        raise ConflictError(
            f"you have {there:,} alarm rules, and no more than {MAX_RULES:,} may be: remove some"
        )


def rule_document(owner: ObjectId, fields: Mapping[str, Any], now: datetime) -> AlarmRule:
    """Return the document of a new rule in normal form; pure."""
    stored: Document = {
        "_id": ObjectId(),
        "owner": owner,
        **{name: fields[name] for name in FIELDS},
        "version": 1,
        "created_at": now,
        "changed_at": now,
        "enabled_at": now,
        "begun_at": now,
    }
    return cast("AlarmRule", stored)


def insert_in_session(
    db: Documents,
    session: ClientSession,
    rule: AlarmRule,
    states: Mapping[ObjectId, State],
    now: datetime,
) -> None:
    """Insert a rule whose references were checked; raise ConflictError when its name is taken."""
    try:
        rule_collection(db).insert_one(rule, session=session)
    except DuplicateKeyError:
        raise _taken(rule["name"]) from None
    rule_states.begin_in_session(db, session, version_of(rule), states, now)


@raising_unavailable()
def change(
    db: Documents,
    before: AlarmRule,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    states: Mapping[ObjectId, State] = NO_STATES,
) -> AlarmRule:
    """Replace what the owner has written by *fields* in normal form; return the rule afterwards.

    Switching it off ends its alarms. *states* as of add(). Raise what add() raises,
    NotFoundError when the rule is gone, ChangedError when it was changed since *before*.
    """
    check_references(db, before["owner"], fields, before)
    rule_states.check_count(len(states))

    def replace(session: ClientSession) -> AlarmRule:
        return change_in_session(db, session, before, fields, states, now)

    after = in_transaction(db, replace)
    if not after["enabled"]:
        alarm_ends.end_rest(db, {"rule": after["_id"]}, DISABLED, now)
    return after


def change_in_session(
    db: Documents,
    session: ClientSession,
    before: AlarmRule,
    fields: Mapping[str, Any],
    states: Mapping[ObjectId, State],
    now: datetime,
) -> AlarmRule:
    """Change a rule whose references were checked, as change() does."""
    changed: Document = {name: fields[name] for name in FIELDS}
    # Later than before, also by a clock that was set back: by it others see that it was changed.
    changed["changed_at"] = max(now, before["changed_at"] + MILLISECOND)
    is_another, is_switched_on = decides_anew(before, fields), fields["enabled"] > before["enabled"]
    if is_switched_on:
        changed["enabled_at"] = now
    changed["version"] = before["version"]
    if is_another or is_switched_on:
        changed["begun_at"], changed["version"] = now, before["version"] + 1
    try:
        after = rule_collection(db).find_one_and_update(
            {"_id": before["_id"], "owner": before["owner"], "changed_at": before["changed_at"]},
            {"$set": changed},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
    except DuplicateKeyError:
        raise _taken(fields["name"]) from None
    if after is None:
        find(db, before["_id"], owner=before["owner"])
        raise ChangedError(f"the alarm rule {before['name']!r}")
    if not after["enabled"]:
        alarm_ends.end_in_session(db, session, {"rule": after["_id"]}, DISABLED, now)
        rule_states.forget_in_session(db, session, {"rule": after["_id"]})
    rule_states.begin_in_session(db, session, version_of(after), states, now)
    return after


def version_of(rule: AlarmRule) -> RuleVersion:
    """Return which version of the rule holds; pure."""
    return RuleVersion(rule["_id"], rule["owner"], rule["version"])


def decides_anew(before: AlarmRule, fields: Mapping[str, Any]) -> bool:
    """Return whether a change makes the evaluator begin again; pure."""
    stored = cast("Mapping[str, Any]", before)
    return any(stored[name] != fields[name] for name in DECIDING)


@raising_unavailable()
def remove(db: Documents, rule: AlarmRule, now: datetime) -> None:
    """Delete the rule and end its alarms, which stay; raise NotFoundError when it is gone."""

    def change(session: ClientSession) -> None:
        query = {"_id": rule["_id"], "owner": rule["owner"]}
        if not rule_collection(db).delete_one(query, session=session).deleted_count:
            raise NotFoundError(f"there is no alarm rule {rule['_id']}")
        alarm_ends.end_in_session(db, session, {"rule": rule["_id"]}, REMOVED, now)
        rule_states.forget_in_session(db, session, {"rule": rule["_id"]})

    in_transaction(db, change)
    alarm_ends.end_rest(db, {"rule": rule["_id"]}, REMOVED, now)


def rule_collection(db: Documents) -> Collection[AlarmRule]:
    """Return the collection ``alarm_rules`` with the type of its documents."""
    return cast("Collection[AlarmRule]", db.alarm_rules)


def _taken(name: str) -> ConflictError:
    return ConflictError(f"you already have an alarm rule named {name!r}: choose another name")
