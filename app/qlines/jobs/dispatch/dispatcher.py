"""Plan messages about what has happened to alarms, and enqueue who sends them.

Only one program may plan at a time: the one with the lease of the alarms (qlines.alarms). If two
did for a moment, the ids of the notifications would be the same, and each would be there once.

What is due is in MongoDB. A job in Redis only wakes the sender of a person's channels: one that is
lost with Redis is enqueued again, and one too many finds nothing to do.
"""

import logging
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession
from redis import Redis

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.clock import Clock, utc_datetime
from qlines.jobs.counters import DISPATCH_COUNTERS, DISPATCH_GAUGES
from qlines.jobs.dispatch.batching import MINUTE
from qlines.jobs.dispatch.plan import Known, Slots, plan
from qlines.jobs.queue import enqueue_delivery
from qlines.store import (
    account_mails,
    alarm_context,
    alarm_events,
    channels,
    mail_outage,
    notification_settings,
    restored,
    users,
    waiting_mails,
)
from qlines.store import notifications as outbox
from qlines.store.alarm_document import AlarmDocument
from qlines.store.alarm_events import AlarmEvent
from qlines.store.channels import Channel
from qlines.store.notifications import Notification
from qlines.store.transaction import in_transaction

log = logging.getLogger(__name__)

MAX_EVENTS = 500  # that are planned at once, and those of some owners besides
# In one transaction, which has 8 seconds: of each there may be a message, an escalation and a
# reminder for each of fifty channels.
MAX_TOGETHER = 50
COUNT_EVERY_SECONDS = 10.0
CHANNEL_DELETED = "the channel was deleted"


class Dispatcher:
    """Call `run_once` in a loop, at once after an alarm has changed; it counts in *counters*."""

    def __init__(
        self, db: Documents, redis: Redis, clock: Clock, counters: MutableMapping[str, int]
    ) -> None:
        self._db = db
        self._redis = redis
        self._clock = clock
        self._counted_at = float("-inf")
        self.counters = counters
        self.counters.update(dict.fromkeys((*DISPATCH_COUNTERS, *DISPATCH_GAUGES), 0))

    def run_once(self) -> bool:
        """Plan new events and wake the senders of what is due; return whether there may be more.

        Raise StoreUnavailableError in an outage of MongoDB or Redis: nothing is lost by that.
        """
        events = alarm_events.unplanned(self._db, MAX_EVENTS)
        for first in range(0, len(events), MAX_TOGETHER):
            self._plan(events[first : first + MAX_TOGETHER])
        self._wake_senders()
        if self._clock.monotonic() - self._counted_at >= COUNT_EVERY_SECONDS:
            self._count()
        return len(events) >= MAX_EVENTS

    def _plan(self, events: Sequence[AlarmEvent]) -> None:
        made = planned(self._db, events, self._clock)
        ids = [event["_id"] for event in events]

        def note(session: ClientSession) -> None:
            there = outbox.existing(self._db, [one["_id"] for one in made], session)
            outbox.insert_in_session(
                self._db, session, [one for one in made if one["_id"] not in there]
            )
            alarm_events.mark_planned(self._db, ids, session)

        with raising_unavailable():
            in_transaction(self._db, note)
        self.counters["events_planned"] += len(events)
        self.counters["messages_planned"] += len(made)

    def _wake_senders(self) -> None:
        now = utc_datetime(self._clock.now_us())
        waiting_mails.let_one_try(self._db, now)
        for owner in account_mails.due_owners(self._db, now):
            enqueue_delivery(self._redis, str(owner), is_slow=False)
        due = outbox.due_channels(self._db, now)
        if not due:
            return
        free = channels.free(self._db, due, now)
        for owner, is_slow in dict.fromkeys((one["owner"], channels.is_slow(one)) for one in free):
            enqueue_delivery(self._redis, str(owner), is_slow=is_slow)
        for missing in set(due) - channels.existing(self._db, due):
            outbox.end_all(self._db, missing, "dropped", CHANNEL_DELETED, now)

    def _count(self) -> None:
        now = utc_datetime(self._clock.now_us())
        waiting = outbox.backlog(self._db, now)
        oldest = waiting["oldest_due_at"]
        self.counters["messages_due"] = waiting["count"]
        self.counters["oldest_due_seconds"] = round((now - oldest).total_seconds()) if oldest else 0
        self.counters["channels_failing"] = channels.failing(self._db)
        self.counters["mail_outage_seconds"] = mail_outage.seconds(self._db, now)
        self._counted_at = self._clock.monotonic()


def planned(db: Documents, events: Sequence[AlarmEvent], clock: Clock) -> list[Notification]:
    """Return the notifications of these events, in their order."""
    now = utc_datetime(clock.now_us())
    loud = [event for event in events if not event["quiet"]]
    alarms = alarm_context.alarms_by_id(db, [event["alarm"] for event in loud])
    rules = alarm_context.rules_by_id(db, [event["rule"] for event in loud])
    tags = alarm_context.first_tags(db, [event["device"] for event in loud])
    muted = alarm_context.muted_pairs(db, rules, now)
    people = _People(db)
    earlier = _by_alarm(outbox.of_alarms(db, list(alarms)))
    owners = {event["owner"] for event in loud}
    used = [one["_id"] for owner in owners for one in people.channels(owner)]
    slots = Slots(outbox.planned_since(db, used, now - MINUTE))
    restored_at = restored.last(db)
    made: list[Notification] = []
    for event in loud:
        alarm = alarms.get(event["alarm"])
        if alarm is None:
            continue  # it was deleted, with its device
        rule, assignee = rules.get(event["rule"]), people.assignee_of(alarm)
        known = Known(
            alarm=alarm,
            rule=rule,
            tag=tags.get(event["device"], ""),
            channels=people.channels(event["owner"]),
            person=people.settings(event["owner"]),
            earlier=earlier.get(event["alarm"], []),
            last_end=_last_end(db, event, alarm, rule),
            muted_until=muted.get((event["rule"], event["device"])),
            assignee_channels=people.default_channels(assignee) if assignee else [],
            assignee=people.settings(assignee) if assignee else None,
            restored_at=restored_at,
        )
        try:
            new = plan(event, known, slots, now)
        except Exception:
            # Otherwise nobody would be sent anything again before this one can be planned.
            log.exception("no messages can be made of the event %s", event["_id"])
            continue
        earlier.setdefault(event["alarm"], []).extend(new)
        made += new
    return made


def _last_end(
    db: Documents, event: AlarmEvent, alarm: AlarmDocument, rule: Mapping[str, object] | None
) -> datetime | None:
    is_needed = event["type"] in ("raised", "severity") and rule and rule.get("cool_down_seconds")
    return alarm_context.last_end(db, alarm) if is_needed else None


def _by_alarm(found: Sequence[Notification]) -> dict[ObjectId, list[Notification]]:
    by_alarm: dict[ObjectId, list[Notification]] = {}
    for one in found:
        if one["alarm"]:
            by_alarm.setdefault(one["alarm"], []).append(one)
    return by_alarm


class _People:
    """The channels and settings of people, each read once; a disabled user has no channels."""

    def __init__(self, db: Documents) -> None:
        self._db = db
        self._channels: dict[ObjectId, list[Channel]] = {}
        self._settings: dict[ObjectId, notification_settings.NotificationSettings] = {}
        self._assignees: dict[tuple[str, ObjectId], ObjectId | None] = {}

    def channels(self, person: ObjectId) -> list[Channel]:
        if person not in self._channels:
            is_nobody = users.is_disabled(self._db, person)
            self._channels[person] = [] if is_nobody else channels.of_owner(self._db, person)
        return self._channels[person]

    def settings(self, person: ObjectId) -> notification_settings.NotificationSettings:
        if person not in self._settings:
            self._settings[person] = notification_settings.of_person(self._db, person)
        return self._settings[person]

    def default_channels(self, person: ObjectId) -> list[Channel]:
        return [one for one in self.channels(person) if one["default"]]

    def assignee_of(self, alarm: AlarmDocument) -> ObjectId | None:
        """Return whom the alarm is assigned to, None for nobody and for one who may not see it."""
        email, owner = alarm.get("assignee", ""), alarm["owner"]
        if (email, owner) not in self._assignees:
            found = users.find_alarm_reader(self._db, email, owner) if email else None
            self._assignees[email, owner] = found["_id"] if found else None
        return self._assignees[email, owner]
