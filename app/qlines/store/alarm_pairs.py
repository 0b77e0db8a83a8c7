"""How many pairs of a rule and a device an owner has: each costs the evaluator memory.

More than the limit is refused where a rule is written. When devices are added later, the evaluator
leaves out the newest ones, and says so on the pages of the rules (alarms/fleet.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bson import ObjectId

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import FieldError
from qlines.store.alarm_rules import AlarmRule, rule_collection
from qlines.store.alarm_scope import Scope, query_of
from qlines.store.device_document import device_collection

Fields = Mapping[str, Any]
Change = tuple[Fields, AlarmRule | None]  # a rule in normal form, and the one that it changes


@raising_unavailable()
def check_room(db: Documents, owner: ObjectId, changes: Sequence[Change], limit: int) -> None:
    """Raise FieldError when the changes of an owner's rules lead to more pairs than *limit*.

    What makes no more of them is always possible, also where there are too many already.
    """
    known = rule_collection(db).find({"owner": owner, "enabled": True}, {"scope": 1})
    before = {rule["_id"]: rule["scope"] for rule in known}
    changed = {rule["_id"] for _, rule in changes if rule is not None}
    kept = [scope for rule, scope in before.items() if rule not in changed]
    new = [fields["scope"] for fields, _ in changes if fields["enabled"]]
    counts = _Counts(db, owner)
    there, then = counts.of(before.values()), counts.of([*kept, *new])
    if then > max(limit, there):
        raise FieldError(
            "scope",
            f"must leave you with at most {limit:,} pairs of a rule and a device"
            f" (QLINES_ALARM_PAIRS), and there would be {then:,}: choose fewer devices, or switch"
            " off other rules",
        )


class _Counts:
    """The numbers of devices by scope, each asked for once."""

    def __init__(self, db: Documents, owner: ObjectId) -> None:
        self._db = db
        self._owner = owner
        self._known: dict[tuple[str, str], int] = {}

    def of(self, scopes: Iterable[Scope]) -> int:
        """Return how many pairs rules with these scopes make."""
        return sum(map(self._devices, scopes))

    def _devices(self, scope: Scope) -> int:
        if scope["type"] == "device":
            return 1
        name = (scope["type"], scope.get("value", ""))
        if name not in self._known:
            query = query_of(self._owner, scope)
            self._known[name] = device_collection(self._db).count_documents(query)
        return self._known[name]
