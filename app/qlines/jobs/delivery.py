"""Send what is due for the channels of a person: the job ``delivery-<owner>`` of ``messages``.

Those that fail or are slow have another job, ``delivery-slow-<owner>`` of ``messages-slow``. Each
sends the messages of a channel in their order until nothing is due, or it is somebody else's turn,
and may run again at any time: which message was begun is in MongoDB, and so a message that was sent
before this process was killed is sent again under the same id, by which receivers know it.
"""

import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from random import random
from uuid import uuid4

from bson import ObjectId

from qlines import demo, logs, role
from qlines.clients import mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, SystemClock, utc_datetime
from qlines.errors import NotFoundError, StoreUnavailableError
from qlines.jobs.account_mailer import AccountMailer
from qlines.jobs.dispatch import plan, switched_off, words
from qlines.jobs.dispatch.attempts import next_delay_seconds
from qlines.jobs.dispatch.batching import Slot
from qlines.jobs.dispatch.needed import (
    HELD_BACK,
    held_back_until,
    reason_not_to_send,
    reason_to_drop,
)
from qlines.jobs.dispatch.next_message import MAX_NOTIFICATIONS, Outgoing, next_message
from qlines.jobs.mail_gate import MailGate
from qlines.jobs.message_means import keep_mail, means_of
from qlines.jobs.queue import RETRY_SECONDS
from qlines.messengers import by_type
from qlines.messengers.by_type import Send
from qlines.messengers.means import Means
from qlines.messengers.message import Message
from qlines.messengers.result import Result, refused
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import (
    account_mails,
    alarm_context,
    channels,
    notification_settings,
    notifications,
    sessions,
    users,
)
from qlines.store.alarm_document import AlarmDocument
from qlines.store.channels import MAX_FAILING, Channel
from qlines.store.notification_settings import NotificationSettings
from qlines.store.notifications import Notification

log = logging.getLogger(__name__)

# One attempt, a look-up that DNS does not answer, and what is noted; renewed before each message.
OCCUPIED = timedelta(seconds=60)
SLOW_SECONDS = 5.0  # an attempt that takes longer makes a channel one for the slow queue
# Then other people have theirs: so one attempt that hangs ends a turn on the queue of the others.
TURN_SECONDS, SLOW_TURN_SECONDS = SLOW_SECONDS, 30.0
MAX_DUE = 2_000  # that are looked at before each message
OWNER_DISABLED = "the account of its owner is disabled"


def run(owner: str, is_slow: bool = False) -> None:
    """Send what is due: the entry point of the process that RQ forks."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    seen = role.reader(settings.data_dir, settings.run_dir, clock)()
    if seen.role != role.ACTIVE:  # the queue is from before a switchover
        log.info("nothing is sent from here: %s", seen.sentence)
        return
    db, means = mongodb.connect(settings.mongodb), means_of(settings, clock)
    if demo.is_running(settings.run_dir, clock.now_us()):
        means = means._replace(keep_mail=lambda mail: keep_mail(db, mail, clock))
    delivery = Delivery(db, means, clock, most_mails_a_day=settings.owner_mails_per_day)
    retry_for(
        lambda: delivery.run(ObjectId(owner), is_slow=is_slow),
        max_seconds=RETRY_SECONDS,
        clock=clock,
    )


def preload() -> None:
    """Load what most messages need, before the process of a job is forked.

    Not the libraries of web pushes: 9 MB, and a fifth of a second when a browser has a message.
    """
    for channel_type in by_type.MODULES.keys() - {"web_push"}:
        import_module(by_type.MODULES[channel_type])


class Delivery:
    """Sends the messages of one person's channels, of one after the other."""

    def __init__(
        self,
        db: Documents,
        means: Means,
        clock: Clock,
        send: Send = by_type.send,
        random: Callable[[], float] = random,
        most_mails_a_day: int = 0,
    ) -> None:
        self._db = db
        self._gate = MailGate(db, most_mails_a_day)
        self._account = AccountMailer(db, means, send, self._gate)
        self._means = means
        self._clock = clock
        self._send = send
        self._random = random
        self._job = uuid4().hex

    def run(self, owner: ObjectId, *, is_slow: bool) -> str:
        """Send what is due for a person's channels, and return what was done in one sentence.

        For those that are slow, or for the others: one that becomes slow is left to the other job.
        Raise StoreUnavailableError in an outage; the same call resumes where it was.
        """
        tried, skipped = 0, set[ObjectId]()
        until = self._clock.monotonic() + (SLOW_TURN_SECONDS if is_slow else TURN_SECONDS)
        while self._clock.monotonic() < until:
            channel_id = self._longest_due(owner, skipped, is_slow=is_slow)
            if channel_id is None:
                break
            count = self.send_due(channel_id, until, is_slow=is_slow)
            if not count:  # it was deleted, another job has it, or all of that was dropped
                skipped.add(channel_id)
            tried += count
        self._account.send_due(owner)
        return f"{tried} messages were tried"

    def _longest_due(
        self, owner: ObjectId, skipped: Collection[ObjectId], *, is_slow: bool
    ) -> ObjectId | None:
        """Return the channel for which something has been due for longest, of those of this job."""
        now = self._now()
        ids = [
            one["_id"]
            for one in channels.of_owner(self._db, owner)
            if channels.is_free(one, now) and channels.is_slow(one) == is_slow
        ]
        return notifications.next_due(self._db, [one for one in ids if one not in skipped], now)

    def send_due(self, channel_id: ObjectId, until: float, *, is_slow: bool) -> int:
        """Send what is due for one channel before this monotonic time; return how many messages."""
        tried = 0
        while self._clock.monotonic() < until and (message := self._next(channel_id)):
            channel, outgoing = message
            if channels.is_slow(channel) and not is_slow:
                break
            if tried:
                self._clock.sleep(by_type.PAUSE_SECONDS.get(channel["type"], 0.0))
            self._deliver(channel, outgoing)
            tried += 1
        channels.release(self._db, channel_id, self._job)
        return tried

    def _next(self, channel_id: ObjectId) -> tuple[Channel, Outgoing] | None:
        """Return the next message, and the channel as it is now; None when there is nothing."""
        now = self._now()
        channel = channels.occupy(self._db, channel_id, self._job, now, now + OCCUPIED)
        if channel is None:
            return None  # it was deleted, or another job sends
        found = notifications.due(self._db, channel_id, now, MAX_DUE)
        if users.is_disabled(self._db, channel["owner"]):
            ids = [one["_id"] for one in found]
            notifications.finish(self._db, ids, "dropped", OWNER_DISABLED, now)
            found = []
        else:
            found = self._permitted(channel, found, now)
        outgoing = next_message(found, now)
        if outgoing and not outgoing.is_begun and len(found) >= MAX_DUE:  # a storm: it is not whole
            whole = notifications.due_of_batch(
                self._db, channel_id, outgoing.batch, now, MAX_NOTIFICATIONS
            )
            outgoing = next_message(whole, now)
        return (channel, outgoing) if outgoing else None

    def _permitted(
        self, channel: Channel, due: Sequence[Notification], now: datetime
    ) -> list[Notification]:
        """Return what may be sent to the channel as it is, and end the rest."""
        by_reason: dict[str, list[Notification]] = {}
        for one in due:
            by_reason.setdefault(reason_not_to_send(one["kind"], channel), []).append(one)
        kept = by_reason.pop("", [])
        for reason, ended in by_reason.items():
            notifications.finish(self._db, [one["_id"] for one in ended], "dropped", reason, now)
        return kept

    def _deliver(self, channel: Channel, outgoing: Outgoing) -> None:
        found = alarm_context.alarms_by_id(self._db, outgoing.alarms, with_events=False)
        shown = alarm_context.with_mutes(self._db, list(found.values()), self._now())
        alarms = {one["_id"]: one for one in shown}
        needed = self._needed(channel, outgoing, alarms)
        if needed is None:
            return
        if channel["type"] == "email" and self._gate.holds(channel, needed, self._now()):
            return
        notifications.begin(self._db, needed.ids, needed.id)
        began = self._clock.monotonic()
        try:
            message = self._message(channel, needed, alarms)
            began = self._clock.monotonic()  # composing a long one is not the receiver's time
            result = self._send(channel["type"], channel["settings"], message, self._means)
        except StoreUnavailableError:
            raise
        except Exception as error:
            # Otherwise the channel would fail over this message forever, and have no other.
            log.exception("the message %s cannot be sent", needed.id)
            result = refused(f"QLines has failed, its log says how ({type(error).__name__})")
        log.info("%s to the channel %s: %s", needed.id, channel["_id"], result.sentence)
        seconds = self._clock.monotonic() - began
        channels.note_speed(self._db, channel, is_slow=seconds > SLOW_SECONDS)
        self._note(channel, needed, result)

    def _needed(
        self, channel: Channel, outgoing: Outgoing, alarms: Mapping[ObjectId, AlarmDocument]
    ) -> Outgoing | None:
        """Return the message without what need not be said any more; None when nothing is left.

        The next reminders are there before these end, so that none is lost.
        """
        now, kept = self._now(), list[Notification]()
        person = notification_settings.of_person(self._db, channel["owner"])
        reminders = [one for one in outgoing.notifications if one["purpose"] == "reminder"]
        self._remind_again(channel, person, reminders, alarms, now)
        dropped, held = dict[str, list[str]](), dict[datetime, list[str]]()
        for one in outgoing.notifications:
            alarm = alarms.get(one["alarm"]) if one["alarm"] else None
            if until := held_back_until(one, alarm, channel, person, now):
                held.setdefault(until, []).append(one["_id"])
            elif reason := reason_to_drop(one, alarm, person, now):
                dropped.setdefault(reason, []).append(one["_id"])
            elif alarm and one["purpose"] != "event":  # it says what is so now
                kept.append({**one, "severity": alarm["severity"]})
            else:
                kept.append(one)
        for reason, ids in dropped.items():
            notifications.finish(self._db, ids, "dropped", reason, now)
        # Receivers would take what leaves later with the id of this message for the same one.
        rest = f"{outgoing.id}-rest" if kept else ""
        for until, ids in held.items():
            notifications.postpone(self._db, ids, HELD_BACK, until, rest)
        return Outgoing(outgoing.id, kept) if kept else None

    def _remind_again(
        self,
        channel: Channel,
        person: NotificationSettings,
        reminders: Sequence[Notification],
        alarms: Mapping[ObjectId, AlarmDocument],
        now: datetime,
    ) -> None:
        waiting = {
            key: alarm
            for key, alarm in alarms.items()
            if alarm["active"] and "acknowledged_at" not in alarm
        }
        about = [(one, waiting[one["alarm"]]) for one in reminders if one["alarm"] in waiting]
        if not about:
            return
        rules = alarm_context.rules_by_id(self._db, [alarm["rule"] for _, alarm in about])
        slots = plan.Slots(notifications.planned_since(self._db, [channel["_id"]], now))
        following = list[Notification]()
        made: dict[tuple[int, str], Slot] = {}  # what was one message is one again
        for one, alarm in about:
            seconds = rules.get(alarm["rule"], {}).get("reminder_seconds", 0)
            if not seconds:
                continue
            key = (seconds, alarm["severity"])
            if key not in made:
                group, due_at = f"reminder:{alarm['rule']}", now + timedelta(seconds=seconds)
                made[key] = plan.later_slot(
                    f"{one['_id']}:next", group, alarm["severity"], channel, person, slots, due_at
                )
            following.append(plan.next_reminder(one, made[key], now))
        notifications.add_missing(self._db, following)  # an attempt before may have made some

    def _message(
        self, channel: Channel, outgoing: Outgoing, alarms: Mapping[ObjectId, AlarmDocument]
    ) -> Message:
        reply_to = ""
        if len(outgoing.alarms) == 1:  # which has the reading that made its severity
            alarms = {**alarms, **alarm_context.alarms_by_id(self._db, outgoing.alarms)}
            reply_to = notifications.first_message(self._db, outgoing.alarms[0], channel["_id"])
        try:
            zone = users.find(self._db, channel["owner"]).get("time_zone", "")
        except NotFoundError:
            zone = ""
        rules = alarm_context.rules_by_id(self._db, {one["rule"] for one in alarms.values()})
        url = self._means.public_url
        message = words.message_of(outgoing, alarms, rules, zone, url, reply_to)
        if self._has_expired(channel):
            message = words.without_content(message)
        return message._replace(channel=str(channel["_id"]))

    def _has_expired(self, channel: Channel) -> bool:
        """Return whether this is a browser in which nobody is signed in any more."""
        session = channel.get("session")
        return session is not None and not sessions.is_alive(self._db, session, now=self._now())

    def _note(self, channel: Channel, outgoing: Outgoing, result: Result) -> None:
        now = self._now()
        if result.moved_to:
            channels.move(self._db, channel, result.moved_to)
        if result.kind == "outage":
            self._gate.is_away(channel, result.sentence, now)
            return
        if result.is_ok:
            notifications.finish(self._db, outgoing.ids, "sent", result.sentence, now, "ok")
        if channel["type"] == "email":
            self._gate.is_back(now)
        if result.is_ok:
            self._recovered(channel, now)
            return
        since = channels.note_failure(self._db, channel, now) if result.is_receivers else now
        if result.kind == "gone":
            self._switch_off(channel, outgoing, result.sentence, result.kind)
        elif now - since >= MAX_FAILING:
            reason = switched_off.reason_of_days(result.sentence)
            self._switch_off(channel, outgoing, reason, result.kind)
        elif result.kind == "refused":
            notifications.finish(self._db, outgoing.ids, "failed", result.sentence, now, "refused")
        else:
            self._try_again(channel, outgoing, result, now)

    def _try_again(
        self, channel: Channel, outgoing: Outgoing, result: Result, now: datetime
    ) -> None:
        seconds = next_delay_seconds(
            outgoing.failed_attempts + 1, result.retry_after_seconds, self._random
        )
        if seconds is None:
            sentence = f"every attempt has failed, the last one because {result.sentence}"
            notifications.finish(self._db, outgoing.ids, "failed", sentence, now, "retry")
            return
        due_at = now + timedelta(seconds=seconds)
        notifications.try_again(self._db, outgoing.ids, result.sentence, now, due_at)
        notifications.hold_back(self._db, channel["_id"], outgoing.alarms, due_at)

    def _recovered(self, channel: Channel, now: datetime) -> None:
        """Have what failed before wait no longer: the receiver is there again."""
        if "failing_since" in channel:
            channels.note_success(self._db, channel["_id"])
        if "failing_since" in channel or channel["type"] in ("email", "telegram"):  # not all noted
            notifications.hasten(self._db, channel["_id"], now)

    def _switch_off(self, channel: Channel, outgoing: Outgoing, reason: str, kind: str) -> None:
        now = self._now()
        notifications.finish(self._db, outgoing.ids, "failed", reason, now, kind)
        if not switched_off.switch_off(self._db, channel, reason, "failed", now):
            self._mail_owner(channel, reason, now)

    def _mail_owner(self, channel: Channel, reason: str, now: datetime) -> None:
        """Mail the owner of the last channel to the address of the account."""
        try:
            address = users.find(self._db, channel["owner"])["email"]
        except NotFoundError:
            return
        if channel["settings"].get("address") == address:
            return  # that is where nothing arrives
        subject, text = switched_off.words(channel, reason)
        account_mails.add(self._db, channel["owner"], subject, text, now)
        self._account.send_due(channel["owner"])

    def _now(self) -> datetime:
        return utc_datetime(self._clock.now_us())
