"""Find alarms: one, a page of a list, or how many there are."""

import re
from typing import Literal, NamedTuple, get_args

from bson import ObjectId

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import NotFoundError
from qlines.store.alarm_document import (
    WITHOUT_HISTORY,
    AlarmDocument,
    Severity,
    Status,
    alarm_collection,
    visible_to,
)
from qlines.store.device_document import BY_NAME
from qlines.store.ids import object_id

Sort = Literal["started", "severity", "device", "rule"]
SORTS: tuple[Sort, ...] = get_args(Sort)

# Each has an index that begins with owner and active. "asc" of severity is the least severe first.
_FIELDS: dict[Sort, tuple[str, int]] = {
    "started": ("started_at", 1),
    "severity": ("rank", -1),
    "device": ("device_name", 1),
    "rule": ("rule_name", 1),
}
_STATUS: dict[Status | Literal["all"], Document] = {
    "active": {"active": True},
    "cleared": {"active": False, "historic": False},
    "historic": {"active": False, "historic": True},
    "all": {"active": {"$in": [True, False]}},  # so that an index with it sorts
}


class AlarmFilter(NamedTuple):
    """Which alarms of an owner; None and "" mean any.

    *search* is a part of the name of the device or the rule.
    """

    status: Status | Literal["all"] = "active"
    severity: Severity | None = None
    rule: str | None = None
    device: str | None = None
    acknowledged: bool | None = None
    search: str = ""


class PageRequest(NamedTuple):
    """Which page of a list, and its order."""

    page: int = 1
    per_page: int = 50
    sort: Sort = "started"
    descending: bool = True


class Counts(NamedTuple):
    """How many alarms are active, how many of these nobody acknowledged, the highest severity."""

    active: int
    unacknowledged: int
    highest: Severity | None


def query_of(owner: ObjectId, wanted: AlarmFilter) -> Document:
    """Return the query; raise NotFoundError when *rule* or *device* is not an id. Pure."""
    query: Document = {"owner": owner, **_STATUS[wanted.status]}
    if wanted.severity:
        query["severity"] = wanted.severity
    if wanted.rule:
        query["rule"] = object_id(wanted.rule)
    if wanted.device:
        query["device"] = object_id(wanted.device)
    if wanted.acknowledged is not None:
        query["acknowledged_at"] = {"$exists": wanted.acknowledged}
    if wanted.search:
        # Escaped: what somebody types is searched for as text and never run as a pattern.
        text = {"$regex": re.escape(wanted.search), "$options": "i"}
        query["$or"] = [{"device_name": text}, {"rule_name": text}]
    return query


def order_of(sort: Sort, *, descending: bool) -> list[tuple[str, int]]:
    """Return the fields to sort by, with their directions; pure."""
    field, ascending = _FIELDS[sort]
    direction = -ascending if descending else ascending
    if sort == "started":
        return [(field, direction)]
    # The indexes have the field ascending and started_at descending, or can be read backwards.
    return [(field, direction), ("started_at", -direction)]


@raising_unavailable()
def page(
    db: Documents, owner: ObjectId, wanted: AlarmFilter, request: PageRequest
) -> tuple[list[AlarmDocument], int]:
    """Return a page of the owner's alarms without events and comments, and how many there are."""
    query = query_of(owner, wanted)
    found = alarm_collection(db).find(query, WITHOUT_HISTORY)
    found = found.sort(order_of(request.sort, descending=request.descending))
    if request.sort in ("device", "rule"):
        found = found.collation(BY_NAME)
    items = list(found.skip((request.page - 1) * request.per_page).limit(request.per_page))
    return items, alarm_collection(db).count_documents(query)


@raising_unavailable()
def find(
    db: Documents, alarm_id: str | ObjectId, *, owner: ObjectId, assignee: str = ""
) -> AlarmDocument:
    """Return the alarm; raise NotFoundError when it does not exist or is not visible_to() them."""
    query: Document = {"_id": object_id(alarm_id), **visible_to(owner, assignee)}
    alarm = alarm_collection(db).find_one(query)
    if alarm is None:
        raise NotFoundError(f"there is no alarm {alarm_id}")
    return alarm


@raising_unavailable()
def counts(db: Documents, owner: ObjectId) -> Counts:
    """Return what is active of an owner."""
    active: Document = {"owner": owner, "active": True}
    worst = alarm_collection(db).find_one(active, {"severity": 1, "rank": 1}, sort=[("rank", 1)])
    if worst is None:
        return Counts(0, 0, None)
    unseen: Document = {**active, "acknowledged_at": {"$exists": False}}
    return Counts(
        alarm_collection(db).count_documents(active),
        alarm_collection(db).count_documents(unseen),
        worst["severity"],
    )


@raising_unavailable()
def devices_with(db: Documents, rule: ObjectId) -> set[ObjectId]:
    """Return the devices of which the rule has an active alarm."""
    return set(db.alarms.distinct("device", {"rule": rule, "active": True}))


@raising_unavailable()
def active_by_rule(
    db: Documents, owner: ObjectId, rule: ObjectId | None = None
) -> dict[ObjectId, int]:
    """Return how many alarms of each of the owner's rules are active; one without is absent.

    With *rule* only those of that one are counted.
    """
    of_rule: Document = {} if rule is None else {"rule": rule}
    steps = [
        {"$match": {"owner": owner, "active": True, **of_rule}},
        {"$group": {"_id": "$rule", "count": {"$sum": 1}}},
    ]
    return {one["_id"]: one["count"] for one in db.alarms.aggregate(steps)}
