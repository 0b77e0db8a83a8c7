"""What a demonstration needs beside its devices: a rule for the pump, and where its mails go."""

from collections.abc import Iterable

from bson import ObjectId

from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.evaluation.rule_check import check
from qlines.store import alarm_rules, channels
from qlines.store.channel_rules import checked
from qlines.store.users import UserDocument
from qlines.webhook.url import Rules

NAME = "Demo: the pump overheats"
HOT_CELSIUS, COOL_CELSIUS = 80, 70
FOR_SECONDS = 10


def make(db: Documents, owner: UserDocument, pump: ObjectId, clock: Clock) -> list[str]:
    """Make the rule and the channel, once: what their owner has changed stays so.

    Return what was made, in words. Who has removed one of them gets it back by the next demo.
    """
    made = []
    now = utc_datetime(clock.now_us())
    if NAME not in _names(channels.of_owner(db, owner["_id"])):
        mail = {"name": NAME, "type": "email", "settings": {"address": owner["email"]}}
        channels.add(db, owner["_id"], checked(mail, Rules()), now, own_address=owner["email"])
        made.append(f"a channel to {owner['email']}")
    if NAME not in _names(alarm_rules.of_owner(db, owner["_id"])):
        alarm_rules.add(db, owner["_id"], check(rule_of(pump)), now)
        made.append(f"the rule '{NAME}'")
    return made


def rule_of(pump: ObjectId) -> dict[str, object]:
    """Return the rule as a person gives it."""
    hot = {"kind": "above", "key": "temperature", "limit": HOT_CELSIUS, "clear": COOL_CELSIUS}
    level = {
        "severity": "critical", "match": "any", "for_seconds": FOR_SECONDS, "conditions": [hot],
    }  # fmt: skip
    return {
        "name": NAME,
        "scope": {"type": "device", "value": str(pump)},
        "levels": [level],
        "message": "{device} is at {value} °C: look after its bearing.",
    }


def _names(documents: Iterable[object]) -> set[str]:
    return {str(document["name"]) for document in documents}  # type: ignore[index]
