"""Create or update MongoDB's collections: validators and indexes; idempotent.

The validators require the fields and types that readers rely on; other fields may be added freely.
Level "moderate" does not reject updates of documents that an older version wrote differently.
"""

from pymongo.errors import CollectionInvalid, OperationFailure

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store import (
    audit,
    caught_mail,
    claims,
    command_document,
    nodes,
    password_links,
    presence,
)
from qlines.store.alarm_schema import ALARM_RULES
from qlines.store.arrivals import KEPT
from qlines.store.channel_schema import CHANNEL_RULES
from qlines.store.collection_rule import (
    FLAG,
    ID,
    MAYBE_ID,
    MAYBE_TEXT,
    MAYBE_WHOLE,
    TEXT,
    THERE,
    TIME,
    WHOLE,
    CollectionRule,
    Index,
    where,
)
from qlines.store.device_document import BY_NAME
from qlines.store.owner_attributes import CHANGES_KEPT, COLLECTIONS
from qlines.store.sessions import LIFETIME

NAMESPACE_EXISTS = 48  # another program has written to the collection since we listed it
INDEX_DIFFERS = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict


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
            Index([("owner", 1), ("tags", 1)]),
            Index([("name", 1)]),  # of any owner, when one is claimed
            # Sparse and not partial: a query for an owner and a name could not use that one.
            Index([("claimed_from.owner", 1), ("claimed_from.name", 1)], {"sparse": True}),
            Index([("token", 1)], {"unique": True}),
            Index([("old_tokens.token", 1)]),
            Index([("product", 1), ("provisioned_at", 1)], where("product", THERE)),
        ],
        {"tags": {"bsonType": TEXT}, "old_tokens": {"bsonType": "object"}},
    ),
    *(
        CollectionRule(name, {"_id": ID, "connected": FLAG, "changed_at": TIME})
        for name in presence.COLLECTIONS.values()
    ),
    CollectionRule("sides", {"_id": TEXT, "seen_at": TIME}),
    CollectionRule(
        "nodes",
        {"_id": TEXT, "status": TEXT, "problems": "array", "seen_at": TIME},
        [Index([("seen_at", 1)], {"expireAfterSeconds": int(nodes.KEPT.total_seconds())})],
        {"problems": {"bsonType": TEXT}},
    ),
    CollectionRule("gateway_devices", {"_id": ID, "gateway": ID}, [Index([("gateway", 1)])]),
    CollectionRule(
        claims.COLLECTION,
        {
            "_id": ID, "published_us": WHOLE, "secret": TEXT, "expires_at": TIME,
            "by_gateway": FLAG, "spent": FLAG,
        },
        [Index([("expires_at", 1)], {"expireAfterSeconds": int(claims.KEPT.total_seconds())})],
    ),
    CollectionRule("leases", {"_id": TEXT, "holder": TEXT, "until": TIME}),
    CollectionRule(
        "arrivals",
        {"_id": TEXT, "side": TEXT, "at": TIME, "noted_at": TIME},
        [Index([("noted_at", 1)], {"expireAfterSeconds": int(KEPT.total_seconds())})],
    ),
    *(CollectionRule(name, {"_id": ID, "values": "array"}) for name in COLLECTIONS.values()),
    CollectionRule(
        "attribute_changes",
        {"_id": ID, "device": ID, "change": TEXT, "at": TIME},
        [Index([("at", 1)], {"expireAfterSeconds": int(CHANGES_KEPT.total_seconds())})],
    ),
    CollectionRule("attributes", {"_id": ID, "client": "array"}),
    CollectionRule(
        "commands",
        {
            "_id": TEXT, "device": ID, "number": WHOLE, "method": TEXT, "params": TEXT,
            "two_way": FLAG, "in_order": FLAG, "state": TEXT, "created_at": TIME,
            "expires_at": TIME, "next_at": TIME, "by": TEXT, "attempts": WHOLE, "retries": WHOLE,
            "retries_left": WHOLE, "broker": TEXT, "clients": "array",
        },
        [
            Index([("device", 1), ("number", -1)]),
            Index([("device", 1), ("state", 1), ("number", -1)]),
            Index([("device", 1), ("key", 1)], {"unique": True, **where("key", THERE)}),
            # What the sender asks each time is answered from the index of the few that are open.
            Index(
                [("device", 1), ("open", 1), ("number", 1), ("state", 1), ("next_at", 1)],
                where("open", True),
            ),
            Index([("open", 1), ("state", 1), ("device", 1), ("broker", 1)], where("open", True)),
            Index([("open", 1), ("expires_at", 1)], where("open", True)),
            Index(
                [("ended_at", 1)],
                {"expireAfterSeconds": int(command_document.KEPT.total_seconds())},
            ),
        ],
        {"clients": {"bsonType": TEXT}},
    ),
    # How many commands each device was given, for the number of the next one.
    CollectionRule("command_numbers", {"_id": ID, "last": WHOLE}),
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
    CollectionRule(
        "sessions",
        {"_id": TEXT, "user": ID, "created_at": TIME, "last_seen": TIME},
        [
            Index([("user", 1)]),
            Index([("last_seen", 1)], {"expireAfterSeconds": int(LIFETIME.total_seconds())}),
        ],
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
    CollectionRule(
        "password_links",
        {"_id": TEXT, "email": TEXT, "admin": FLAG, "by": TEXT, "created_at": TIME},
        [
            Index([("email", 1)]),
            Index(
                [("created_at", 1)],
                {"expireAfterSeconds": int(password_links.LIFETIME.total_seconds())},
            ),
        ],
    ),
    CollectionRule(
        "caught_mail",
        {"_id": ID, "at": TIME, "to": TEXT, "subject": TEXT, "text": TEXT},
        [Index([("at", 1)], {"expireAfterSeconds": int(caught_mail.KEPT.total_seconds())})],
    ),
    CollectionRule(
        "audit",
        {"_id": ID, "at": TIME, "who": TEXT, "address": TEXT, "what": TEXT},
        [Index([("at", -1)], {"expireAfterSeconds": int(audit.KEPT.total_seconds())})],
    ),
    CollectionRule(
        "controls",
        {
            "_id": ID, "owner": ID, "device": MAYBE_ID, "tag": MAYBE_TEXT, "order": WHOLE,
            "label": TEXT, "method": TEXT, "kind": TEXT, "parameters": "array", "params": TEXT,
            "ask_first": FLAG, "one_way": FLAG, "expires_in_seconds": WHOLE,
        },
        [
            Index([("device", 1)]),
            Index([("owner", 1), ("tag", 1)]),
            Index([("owner", 1), ("order", 1)]),
        ],
        {"parameters": {"bsonType": "object"}},
    ),
    CollectionRule(
        "call_webhooks",
        {"_id": ID, "url": TEXT, "secret": TEXT, "secret_at": TIME, "calls": "array"},
        (),
        {"calls": {"bsonType": "object"}},
    ),
    CollectionRule(
        "products",
        {
            "_id": ID, "owner": ID, "name": TEXT, "strategy": TEXT, "quarantine": FLAG,
            "max_devices": MAYBE_WHOLE, "max_devices_per_minute": MAYBE_WHOLE, "key": TEXT,
            "secret": TEXT, "provisioned": WHOLE, "created_at": TIME,
        },
        [
            Index([("owner", 1), ("name", 1)], {"unique": True}),
            Index([("key", 1)], {"unique": True}),
        ],
    ),
    CollectionRule(
        "waiting_devices",
        {
            "_id": ID, "owner": ID, "product": ID, "name": TEXT, "token": TEXT, "gateway": FLAG,
            "address": TEXT, "provisioned_at": TIME,
        },
        [
            Index([("owner", 1), ("name", 1)], {"unique": True}),
            Index([("token", 1)], {"unique": True}),
            Index([("product", 1), ("provisioned_at", 1)]),
        ],
    ),
    *ALARM_RULES,
    # What the evaluator of alarm rules remembers, and how far it has read each log.
    CollectionRule(
        "alarm_states",
        {
            "_id": TEXT, "rule": ID, "device": ID, "owner": ID, "version": WHOLE,
            "state": "object", "updated_at": TIME,
        },
        [Index([("rule", 1)]), Index([("device", 1)])],
    ),
    CollectionRule("alarm_positions", {"_id": TEXT, "offset": WHOLE, "log": TEXT}),
    *CHANNEL_RULES,
    CollectionRule("meta", {"_id": TEXT}),
)  # fmt: skip


@raising_unavailable()
def ensure(db: Documents) -> None:
    """Create or update every collection, its validator and its indexes; keeps the data."""
    existing = set(db.list_collection_names())
    for rule in RULES:
        _ensure_collection(db, rule, exists=rule.name in existing)
        for index in rule.indexes:
            _ensure_index(db, rule.name, index)


def validator(rule: CollectionRule) -> Document:
    """Return the validator of a collection, as MongoDB's collMod takes it."""
    properties = {field: {"bsonType": kind} for field, kind in rule.fields.items()}
    for field, entry in rule.items.items():
        properties[field]["items"] = entry
    schema = {"bsonType": "object", "required": list(rule.fields), "properties": properties}
    return {"$jsonSchema": schema}


def _ensure_collection(db: Documents, rule: CollectionRule, *, exists: bool) -> None:
    options: Document = {
        "validator": validator(rule),
        "validationLevel": "moderate",
        "validationAction": "error",
    }
    if not exists:
        try:
            db.create_collection(rule.name, check_exists=False, **options)
        except (CollectionInvalid, OperationFailure) as error:
            if getattr(error, "code", None) != NAMESPACE_EXISTS:
                raise
        else:
            return
    db.command("collMod", rule.name, **options)


def _ensure_index(db: Documents, collection: str, index: Index) -> None:
    """Create the index; replace one of the same name or fields with other options."""
    try:
        db[collection].create_index(index.fields, name=index.name, **index.options)
    except OperationFailure as error:
        if error.code not in INDEX_DIFFERS:
            raise
        for name in _conflicting(db, collection, index):
            db[collection].drop_index(name)
        db[collection].create_index(index.fields, name=index.name, **index.options)


def _conflicting(db: Documents, collection: str, index: Index) -> list[str]:
    sorts = "collation" in index.options
    return [
        name
        for name, existing in db[collection].index_information().items()
        if name == index.name
        or (list(existing["key"]) == list(index.fields) and ("collation" in existing) == sorts)
    ]
