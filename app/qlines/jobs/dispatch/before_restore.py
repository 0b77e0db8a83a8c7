"""Whether an event was before the last restore of MongoDB, so that people have heard of it; pure.

The evaluator reads what Kafka still has once more, and dates it by the readings. By those of a
device whose clock is behind, what happens in the first minute after the restore was before it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qlines.clock import utc_datetime
from qlines.store.alarm_document import AlarmDocument
from qlines.store.alarm_events import AlarmEvent
from qlines.store.restored import CATCHES_UP_WITHIN

SILENCE = frozenset({"no_data", "offline"})


def is_before(
    event: AlarmEvent, alarm: AlarmDocument, rule: Mapping[str, Any] | None, restored_at: datetime
) -> bool:
    """Return whether the event was before; *rule* is None when it was removed.

    What a rule finds that was written after the restore is news, however old.
    """
    if event["at"] < restored_at:
        return True  # it waited in the backup to be planned
    if event["at"] - restored_at > CATCHES_UP_WITHIN:
        return False
    if rule and rule["changed_at"] > restored_at:
        return False
    return _happened_at(event, alarm, rule) < restored_at


def _happened_at(
    event: AlarmEvent, alarm: AlarmDocument, rule: Mapping[str, Any] | None
) -> datetime:
    by_reading = [] if event["reading_ts"] is None else [utc_datetime(event["reading_ts"])]
    match event["type"]:
        case "raised":
            return max([alarm["started_at"], *by_reading])
        case "cleared":
            return max([alarm.get("ended_at", event["at"]), *by_reading])
        case "severity" if not (rule and _is_about_silence(rule)):
            return by_reading[0] if by_reading else event["at"]
        case _:
            return event["at"]


def _is_about_silence(rule: Mapping[str, Any]) -> bool:
    """Return whether time decides: then the reading is only the last one that came."""
    kinds = {one["kind"] for level in rule["levels"] for one in level["conditions"]}
    return not kinds.isdisjoint(SILENCE)
