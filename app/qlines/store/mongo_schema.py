"""Bring MongoDB's collections to this program's version: validators and indexes, safe to repeat.

The validators are about what would break a reader: types and fields that are always there. Level
"moderate" leaves documents alone that an older version wrote otherwise; fields that are not named
here may be added freely.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pymongo.collation import Collation
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from qlines.clients.mongodb import raising_unavailable

ID, TEXT, FLAG, TIME, WHOLE = "objectId", "string", "bool", "date", ["int", "long"]
MAYBE_TEXT = [TEXT, "null"]
INDEX_DIFFERS = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict

# "pump 2" before "pump 10", "Zebra" after "apple": the order of store/devices.py.
BY_NAME = Collation(locale="en", strength=2, numericOrdering=True)


class Index(NamedTuple):
    """An index: its fields in order, and pymongo's options."""

    fields: Sequence[tuple[str, int]]
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed: it is unpacked into arguments

    @property
    def name(self) -> str:
        """Return its name, which tells apart two orders of the same fields."""
        by = "_".join(field for field, _ in self.fields)
        return f"{by}_sorted" if "collation" in self.options else by


class CollectionRule(NamedTuple):
    """What a collection's documents always have (field ▶ BSON type), and its indexes."""

    name: str
    fields: dict[str, Any]
    indexes: Sequence[Index] = ()
    items: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - read only: what a list's entries have


RULES = (
    CollectionRule(
        "users",
        {"_id": ID, "email": TEXT, "admin": FLAG, "password_hash": TEXT, "created_at": TIME},
        [Index([("email", 1)], {"unique": True})],
    ),
    CollectionRule(
        "devices",
        {
            "_id": ID, "owner": ID, "name": TEXT, "tags": "array", "gateway": FLAG,
            "token": TEXT, "old_tokens": "array", "created_at": TIME,
        },
        [
            Index([("owner", 1), ("name", 1)], {"unique": True}),
            Index([("owner", 1), ("name", 1)], {"collation": BY_NAME}),
            Index([("token", 1)], {"unique": True}),
            Index([("old_tokens.token", 1)]),
        ],
        {"tags": {"bsonType": TEXT}, "old_tokens": {"bsonType": "object"}},
    ),
    CollectionRule("presence", {"_id": ID, "connected": FLAG, "changed_at": TIME}),
    CollectionRule("attributes", {"_id": ID, "client": "array"}),
    CollectionRule(
        "unregistered",
        {
            "_id": TEXT, "name": TEXT, "source": TEXT, "first_seen": TIME, "last_seen": TIME,
            "count": WHOLE, "sample": TEXT,
        },
        [Index([("last_seen", -1)]), Index([("name", 1), ("last_seen", -1)])],
    ),
    CollectionRule(
        "rejected",
        {"device": ID, "ts": WHOLE, "reason": TEXT, "topic": TEXT, "payload": TEXT},
        [Index([("device", 1), ("ts", -1)])],
    ),
    CollectionRule("counters", {"_id": TEXT, "count": WHOLE}),
    CollectionRule(
        "sessions",
        {"_id": TEXT, "user": ID, "created_at": TIME, "last_seen": TIME},
        # Thirty days after the last request MongoDB deletes it (sessions.LIFETIME).
        [Index([("user", 1)]), Index([("last_seen", 1)], {"expireAfterSeconds": 30 * 86_400})],
    ),
    CollectionRule(
        "api_keys",
        {"_id": TEXT, "user": ID, "name": TEXT, "created_at": TIME},
        [Index([("user", 1)])],
    ),
    CollectionRule(
        "exports",
        {
            "_id": ID, "user": ID, "device": ID, "keys": "array", "from": WHOLE, "to": WHOLE,
            "state": TEXT, "file": MAYBE_TEXT, "error": MAYBE_TEXT, "created_at": TIME,
        },
        [Index([("created_at", 1)]), Index([("user", 1), ("created_at", -1)])],
    ),
    CollectionRule("meta", {"_id": TEXT}),
)  # fmt: skip


def ensure(db: Database[dict[str, Any]]) -> None:
    """Make or change every collection, its validator and its indexes; the data stays."""
    with raising_unavailable():
        existing = set(db.list_collection_names())
        for rule in RULES:
            _ensure_collection(db, rule, exists=rule.name in existing)
            for index in rule.indexes:
                _ensure_index(db, rule.name, index)


def validator(rule: CollectionRule) -> dict[str, Any]:
    """Return the collection's $jsonSchema."""
    properties = {field: {"bsonType": kind} for field, kind in rule.fields.items()}
    for field, entry in rule.items.items():
        properties[field]["items"] = entry
    schema = {"bsonType": "object", "required": list(rule.fields), "properties": properties}
    return {"$jsonSchema": schema}


def _ensure_collection(db: Database[dict[str, Any]], rule: CollectionRule, *, exists: bool) -> None:
    wanted: dict[str, Any] = {
        "validator": validator(rule),
        "validationLevel": "moderate",
        "validationAction": "error",
    }
    if not exists:
        try:
            db.create_collection(rule.name, check_exists=False, **wanted)
        except (CollectionInvalid, OperationFailure) as error:
            if getattr(error, "code", None) != 48:  # NamespaceExists: somebody wrote just now
                raise
        else:
            return
    db.command("collMod", rule.name, **wanted)


def _ensure_index(db: Database[dict[str, Any]], collection: str, index: Index) -> None:
    """Make the index; one of the same name or fields with other options is made anew."""
    try:
        db[collection].create_index(index.fields, name=index.name, **index.options)
    except OperationFailure as error:
        if error.code not in INDEX_DIFFERS:
            raise
        for name in _in_the_way(db, collection, index):
            db[collection].drop_index(name)
        db[collection].create_index(index.fields, name=index.name, **index.options)


def _in_the_way(db: Database[dict[str, Any]], collection: str, index: Index) -> list[str]:
    sorts = "collation" in index.options
    return [
        name
        for name, found in db[collection].index_information().items()
        if name == index.name
        or (list(found["key"]) == list(index.fields) and ("collation" in found) == sorts)
    ]
