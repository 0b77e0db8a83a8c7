"""What an import of alarm rules would change, and the change itself: by name, all or nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from difflib import unified_diff
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import FieldError, TrueNowError
from qlines.evaluation.state import State
from qlines.store import alarm_ends, alarm_rule_file, alarm_rules, rule_states
from qlines.store.alarm_rule_file import Fault, FileRule
from qlines.store.alarm_rules import NO_STATES, AlarmRule, given, rule_document
from qlines.store.transaction import in_transaction

MAX_NAMED = 50  # rules in one audit line


class Change(NamedTuple):
    """A rule of the file: a new one, or one that differs from *before*, which has its name."""

    fields: dict[str, Any]
    before: AlarmRule | None


class Plan(NamedTuple):
    """What an import changes: *unchanged* rules are as in the file, *kept* are not in the file."""

    changes: list[Change]
    unchanged: list[str]
    kept: list[str]
    faults: list[Fault]

    @property
    def added(self) -> list[str]:
        """Return the names of the new rules."""
        return [change.fields["name"] for change in self.changes if change.before is None]

    @property
    def changed(self) -> list[str]:
        """Return the names of the rules that differ."""
        return [change.fields["name"] for change in self.changes if change.before]


def plan(db: Documents, owner: ObjectId, text: str) -> Plan:
    """Return what importing the file for the owner changes, and all faults of the file by line."""
    read = alarm_rule_file.read(text)
    stored = {rule["name"]: rule for rule in alarm_rules.of_owner(db, owner)}
    faults = sorted([*read.faults, *_unknown_references(db, owner, read.rules, stored)])
    changes, unchanged = [], []
    for _, fields in read.rules:
        before = stored.pop(fields["name"], None)
        if before is not None and given(before) == fields:
            unchanged.append(fields["name"])
        else:
            changes.append(Change(fields, before))
    return Plan(changes, unchanged, list(stored), faults)


def _unknown_references(
    db: Documents, owner: ObjectId, rules: Sequence[FileRule], stored: Mapping[str, AlarmRule]
) -> list[Fault]:
    faults = []
    for line, fields in rules:
        try:
            alarm_rules.check_references(db, owner, fields, stored.get(fields["name"]))
        except FieldError as error:
            faults.append(Fault(line, fields["name"], str(error)))
    return faults


def difference(planned: Plan) -> str:
    """Return the plan's changes as lines of a diff, with rules as their file has them; pure."""
    return "".join(line for change in planned.changes for line in _difference(change))


def _difference(change: Change) -> list[str]:
    name = change.fields["name"]
    before = alarm_rule_file.write([given(change.before)]) if change.before else ""
    after = alarm_rule_file.write([change.fields])
    lines = unified_diff(
        before.splitlines(keepends=True)[1:],  # without "rules:"
        after.splitlines(keepends=True)[1:],
        f"{name} (stored)" if change.before else "(no such rule)",
        f"{name} (file)",
        n=2,
    )
    return list(lines)


def report(planned: Plan) -> dict[str, Any]:
    """Return the plan as JSON; pure."""
    return {
        "added": planned.added,
        "changed": planned.changed,
        "unchanged": planned.unchanged,
        "kept": planned.kept,
        "errors": [fault._asdict() for fault in planned.faults],
        "diff": difference(planned),
    }


def what(planned: Plan) -> str:
    """Return the changes as an audit line names them; pure."""
    parts = [
        f"{verb} {_named(names)}"
        for verb, names in (("added", planned.added), ("changed", planned.changed))
        if names
    ]
    return "; ".join(parts)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{', '.join(map(repr, names[:MAX_NAMED]))}{rest}"


def first_states(
    planned: Plan, of_change: Callable[[Change], Mapping[ObjectId, State]]
) -> dict[str, Mapping[ObjectId, State]]:
    """Return by a rule's name what *of_change* returns for it.

    Raise TrueNowError with the devices of all rules for which it raises it.
    """
    found: dict[str, Mapping[ObjectId, State]] = {}
    undecided: dict[str, str] = {}
    for change in planned.changes:
        try:
            found[change.fields["name"]] = of_change(change)
        except TrueNowError as error:
            undecided |= dict(error.devices)
    if undecided:
        raise TrueNowError(list(undecided.items()))
    return found


@raising_unavailable()
def apply(
    db: Documents,
    owner: ObjectId,
    planned: Plan,
    now: datetime,
    states: Mapping[str, Mapping[ObjectId, State]],
) -> None:
    """Add and change the rules in one transaction.

    *states* are their first_states(). Raise ConflictError when there would be too many rules, or
    more states than one transaction stores in its time, ChangedError when one was changed since the
    plan was made.
    """
    rule_states.check_count(sum(map(len, states.values())))

    def write(session: ClientSession) -> None:
        alarm_rules.check_room(db, owner, len(planned.added))
        for fields, before in planned.changes:
            of_rule = states.get(fields["name"], NO_STATES)
            if before is None:
                rule = rule_document(owner, fields, now)
                alarm_rules.insert_in_session(db, session, rule, of_rule, now)
            else:
                alarm_rules.change_in_session(db, session, before, fields, of_rule, now)

    in_transaction(db, write)
    for fields, before in planned.changes:
        if before and not fields["enabled"]:
            alarm_ends.end_rest(db, {"rule": before["_id"]}, alarm_rules.DISABLED, now)
