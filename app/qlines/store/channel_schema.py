"""The collections of channels and of what is sent to them, as mongo_schema.py creates them."""

from qlines.store import account_mails, notifications, telegram_links
from qlines.store.collection_rule import (
    FLAG,
    ID,
    MAYBE_ID,
    TEXT,
    THERE,
    TIME,
    WHOLE,
    CollectionRule,
    Index,
    where,
)

UNIQUE_ENDPOINT = {"unique": True, **where("settings.endpoint", THERE)}
CHANNEL_RULES = (
    CollectionRule(
        "channels",
        {
            "_id": ID, "owner": ID, "name": TEXT, "type": TEXT, "settings": "object",
            "default": FLAG, "enabled": FLAG, "operator": FLAG,
            "quiet_hours": ["object", "null"], "created_at": TIME,
        },
        [
            Index([("owner", 1)]),
            Index([("operator", 1)], where("operator", True)),
            # A browser shows the messages of who has signed in there last.
            Index([("settings.endpoint", 1)], UNIQUE_ENDPOINT),
        ],
    ),
    CollectionRule(
        "notifications",
        {
            "_id": TEXT, "owner": ID, "channel": ID, "alarm": MAYBE_ID, "event": TEXT,
            "kind": TEXT, "purpose": TEXT, "type": TEXT, "severity": TEXT, "group": TEXT,
            "batch": TEXT, "at": TIME, "state": TEXT, "planned_for": TIME, "due_at": TIME,
            "created_at": TIME, "attempts": WHOLE, "reason": TEXT, "log": "array",
        },
        [
            Index([("due_at", 1), ("channel", 1)], where("open", True)),
            Index([("channel", 1), ("at", 1)], where("open", True)),
            Index([("channel", 1), ("created_at", -1)]),
            Index([("channel", 1), ("planned_for", 1)]),
            Index([("alarm", 1)]),
            Index([("waits_for_server", 1)], where("waits_for_server", True)),
            Index(
                [("ended_at", 1)],
                {"expireAfterSeconds": int(notifications.KEPT.total_seconds())},
            ),
        ],
        {"log": {"bsonType": "object"}},
    ),
    CollectionRule(
        "telegram_links",
        {"_id": ID, "owner": ID, "code": TEXT, "created_at": TIME},
        [
            Index([("code", 1)], {"unique": True}),
            Index([("owner", 1)]),
            Index(
                [("created_at", 1)],
                {"expireAfterSeconds": int(telegram_links.KEPT.total_seconds())},
            ),
        ],
    ),
    CollectionRule(
        "account_mails",
        {
            "_id": ID, "owner": ID, "subject": TEXT, "text": TEXT, "at": TIME, "due_at": TIME,
            "waits_for_server": FLAG,
        },
        [
            Index([("due_at", 1)]),
            Index([("at", 1)], {"expireAfterSeconds": int(account_mails.KEPT.total_seconds())}),
        ],
    ),
    CollectionRule("telegram_bots", {"_id": TEXT}),
    CollectionRule("notification_settings", {"_id": ID}),
    CollectionRule("appliance_problems", {"_id": TEXT, "problems": "array"}),
    CollectionRule(
        "mail_counts",
        {"_id": TEXT, "count": WHOLE, "until": TIME},
        [Index([("until", 1)], {"expireAfterSeconds": 0})],
    ),
    CollectionRule(
        "mail_outage", {"_id": TEXT, "since": TIME, "sentence": TEXT, "next_try_at": TIME}
    ),
)  # fmt: skip
