"""The collections of rules and alarms, as mongo_schema.py creates them."""

from qlines.store import alarm_document, alarm_events
from qlines.store.collection_rule import (
    FLAG,
    ID,
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

ALARM_RULES = (
    CollectionRule(
        "alarm_rules",
        {
            "_id": ID, "owner": ID, "name": TEXT, "enabled": FLAG, "scope": "object",
            "levels": "array", "version": WHOLE, "created_at": TIME, "changed_at": TIME,
            "enabled_at": TIME, "begun_at": TIME,
        },
        [
            Index([("owner", 1), ("name", 1)], {"unique": True}),
            Index([("owner", 1), ("name", 1)], {"collation": BY_NAME}),
            Index([("scope.type", 1), ("scope.value", 1)]),
        ],
        {"levels": {"bsonType": "object"}},
    ),
    CollectionRule(
        "alarms",
        {
            "_id": ID, "owner": ID, "device": ID, "device_name": TEXT, "rule": ID,
            "rule_name": TEXT, "rule_version": WHOLE, "severity": TEXT, "rank": WHOLE,
            "highest": TEXT, "active": FLAG, "historic": FLAG, "held_back": FLAG,
            "fence": WHOLE, "started_at": TIME, "raised_at": TIME, "raised_ts": MAYBE_WHOLE,
            "key": MAYBE_TEXT, "what": TEXT, "last_ts": MAYBE_WHOLE, "count": WHOLE,
            "comments": "array", "events": "array", "event_count": WHOLE,
        },
        [
            # At most one active alarm of a rule and a device, however many evaluate them.
            Index([("rule", 1), ("device", 1)], {"unique": True, **where("active", True)}),
            # A list is sorted by one of these, whatever its status (alarm_search.py).
            Index([("owner", 1), ("active", 1), ("started_at", -1)]),
            Index([("owner", 1), ("active", 1), ("rank", 1), ("started_at", -1)]),
            *(
                Index(
                    [("owner", 1), ("active", 1), (name, 1), ("started_at", -1)],
                    {"collation": BY_NAME},
                )
                for name in ("device_name", "rule_name")
            ),
            Index([("owner", 1), ("device", 1), ("started_at", -1)]),
            Index([("owner", 1), ("rule", 1), ("started_at", -1)]),
            Index([("device", 1), ("active", 1)]),
            Index([("rule", 1), ("device", 1), ("muted_until", -1)], where("muted_until", THERE)),
            Index(
                [("ended_at", 1)],
                {"expireAfterSeconds": int(alarm_document.KEPT.total_seconds())},
            ),
        ],
        {"comments": {"bsonType": "object"}, "events": {"bsonType": "object"}},
    ),
    CollectionRule(
        "alarm_events",
        {
            "_id": TEXT, "alarm": ID, "owner": ID, "device": ID, "rule": ID, "type": TEXT,
            "severity": TEXT, "at": TIME, "reading_ts": MAYBE_WHOLE, "quiet": FLAG, "planned": FLAG,
        },
        [
            Index([("planned", 1), ("at", 1)], where("planned", False)),
            Index(
                [("at", 1)], {"expireAfterSeconds": int(alarm_events.KEPT.total_seconds())}
            ),
        ],
    ),
)  # fmt: skip
