"""What became of an owner's alarms and messages, compared with what has happened to the devices."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.harness.appliance import Appliance
from tests.harness.webhook_receiver import Received

STORED = """
import json, os, sys
from bson import ObjectId
from qlines.clients import mongodb
from qlines.settings import Settings
db = mongodb.connect(Settings.from_env(os.environ).mongodb)
channel = ObjectId(sys.argv[1])
owner = db.channels.find_one({"_id": channel})["owner"]
alarms = [
    {"id": str(one["_id"]), "rule": str(one["rule"]), "device": str(one["device"]),
     "active": one["active"], "historic": one["historic"], "fence": one["fence"],
     "raised_at": one["raised_at"].timestamp()}
    for one in db.alarms.find({"owner": owner})
]
events = [
    {"id": one["_id"], "is_planned": one["planned"], "quiet": one["quiet"]}
    for one in db.alarm_events.find({"owner": owner})
]
messages = [
    {"event": one["event"], "state": one["state"], "message": one.get("message"),
     "ends": sum(line["kind"] == "ok" for line in one["log"]), "attempts": one["attempts"],
     "due_at": str(one["due_at"]), "reason": one["reason"]}
    for one in db.notifications.find({"channel": channel})
]
print(json.dumps({"alarms": alarms, "events": events, "messages": messages}))
"""


class Stored(NamedTuple):
    """What MongoDB has of the owner of a channel."""

    alarms: list[dict[str, Any]]
    events: list[dict[str, Any]]
    messages: list[dict[str, Any]]

    @property
    def left(self) -> list[dict[str, Any]]:
        """Return what is still to happen: alarms that are active, messages that are to be sent."""
        return [
            *(one for one in self.alarms if one["active"]),
            *(one for one in self.events if not one["is_planned"]),
            *(one for one in self.messages if one["state"] in ("waiting", "sending")),
        ]

    def first_after(self, moment: float, before: int) -> float:
        """Return the seconds from *moment* to the first alarm of a fence above *before*."""
        raised = [one["raised_at"] for one in self.alarms if one["fence"] > before]
        return min((at for at in raised if at > moment), default=float("inf")) - moment

    @property
    def fence(self) -> int:
        """Return the highest fence of an alarm."""
        return max((one["fence"] for one in self.alarms), default=0)


class Outcome(NamedTuple):
    """How many alarms and messages there were, how many are missing, and how many are too many."""

    alarms: int
    alarms_lost: int
    alarms_doubled: int
    messages: int
    messages_lost: int
    messages_doubled: int
    sent_again: int  # under the same id: receivers know that they have it

    @property
    def is_exact(self) -> bool:
        """Return whether nothing is lost or doubled."""
        return not (
            self.alarms_lost or self.alarms_doubled or self.messages_lost or self.messages_doubled
        )


def stored(appliance: Appliance, channel: str) -> Stored:
    """Return what the appliance's MongoDB has."""
    return Stored(**json.loads(appliance.python(STORED, channel)))


def outcome(
    there: Stored, received: Sequence[Received], expected: Mapping[tuple[str, str], int]
) -> Outcome:
    """Compare with *expected*, how many alarms there are to be by rule and device; pure."""
    found = Counter((one["rule"], one["device"]) for one in there.alarms)
    of_ids = {one.headers["webhook-id"]: one.body for one in received}
    said = Counter(
        (alarm["id"], alarm["event"])
        for body in of_ids.values()
        for alarm in json.loads(body)["data"]["alarms"]
    )
    sent = {one["event"] for one in there.messages if one["message"] in of_ids}
    loud = {one["id"] for one in there.events if not one["quiet"]}
    not_noted_once = sum(one["ends"] != 1 for one in there.messages)
    return Outcome(
        alarms=len(there.alarms),
        alarms_lost=(Counter(expected) - found).total(),
        alarms_doubled=(found - Counter(expected)).total(),
        messages=len(of_ids),
        messages_lost=len(loud - sent),
        messages_doubled=sum(count - 1 for count in said.values()) + not_noted_once,
        sent_again=len(received) - len(of_ids),
    )
