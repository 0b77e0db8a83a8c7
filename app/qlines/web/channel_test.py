"""Send a test to a channel, and wait for what becomes of it.

It goes the way of every message: by the outbox, the queue and the worker. So a test that arrives
says that alarms do, one that does not says where they end, and the web app, in which each person
waits for the others, neither connects to mail servers nor loads what can.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.errors import BusyError
from qlines.store import notifications
from qlines.store.channels import Channel
from qlines.store.notifications import Notification, State
from qlines.web.sentence import as_sentence

WAIT_SECONDS = 20.0  # a receiver may take as long; browsers and proxies wait for a minute
LOOK_EVERY_SECONDS = 0.2
MAX_A_MINUTE = 10  # to one channel: its address may be somebody else's
NOT_YET = "It was not sent yet: messages before it are being sent, or the worker is not running."
ON_ITS_WAY = "The receiver has not answered yet."


class Outcome(NamedTuple):
    """What became of a test, in a sentence; *state* is that of the outbox."""

    state: State
    sentence: str


def send_test(db: Documents, clock: Clock, channel: Channel) -> Outcome:
    """Send a test and return what became of it within 20 seconds.

    Raise BusyError when MAX_A_MINUTE were sent there within a minute.
    """
    began_at = utc_datetime(clock.now_us())
    _check_room(db, channel, began_at)
    sent = notifications.test_of(channel["owner"], channel["_id"], began_at)
    notifications.add(db, sent)
    until = clock.monotonic() + WAIT_SECONDS
    while True:
        now = notifications.find(db, sent["_id"]) or sent
        if _is_decided(now) or clock.monotonic() >= until:
            return outcome_of(now)
        clock.sleep(LOOK_EVERY_SECONDS)


def _check_room(db: Documents, channel: Channel, now: datetime) -> None:
    newest = notifications.of_channel(db, channel["_id"], MAX_A_MINUTE)
    minute_ago = now - timedelta(minutes=1)
    recent = [one for one in newest if one["kind"] == "test" and one["created_at"] > minute_ago]
    if len(recent) >= MAX_A_MINUTE:
        raise BusyError(
            f"{MAX_A_MINUTE} tests were sent to this channel within a minute, and no more may be: "
            "wait a minute",
            status=429,
            retry_seconds=60,
        )


def _is_decided(notification: Notification) -> bool:
    """Return whether it has ended, or has to wait: the next attempt may be hours away."""
    return "open" not in notification or bool(notification["reason"])


def outcome_of(notification: Notification) -> Outcome:
    """Return what is to be said of a test now; pure."""
    state = notification["state"]
    if notification["reason"]:
        again = " It will be tried again." if state == "waiting" else ""
        return Outcome(state, f"{as_sentence(notification['reason'])}{again}")
    return Outcome(state, ON_ITS_WAY if state == "sending" else NOT_YET)
