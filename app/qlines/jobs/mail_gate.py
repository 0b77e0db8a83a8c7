"""Whether a mail may leave now: our own mail server, and how many its owner had today.

What may not is not lost. While the server takes nothing, mails wait for it, for GIVEN_UP_AFTER at
the most. Beyond the limit of a day they leave as one mail when the day is over, and the owner is
notified of that once.
"""

import logging
from datetime import datetime, timedelta

from qlines.clients.mongodb import Documents
from qlines.jobs.dispatch.next_message import Outgoing
from qlines.jobs.dispatch.plan import CRITICAL
from qlines.store import channels, mail_counts, mail_outage, notifications, waiting_mails
from qlines.store.channels import Channel
from qlines.store.notifications import Notification, notice

log = logging.getLogger(__name__)

# Who tries the server once a minute makes one of them due (waiting_mails.py); by this all others
# see that they are given up.
LOOK_AGAIN = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)  # as the attempts of every other message
# What we have to say ourselves is not many mails, and it must arrive.
UNLIMITED = frozenset({"operator", "notice", "confirmation"})
# Of the limit: so that what chatters cannot use up what is left for an emergency.
FOR_CRITICAL = 0.2
COUNTED = "mails of {}"
SUBJECT = "The limit of mails is reached today"


class MailGate:
    """Asked before each mail; *most_a_day* is for one owner, 0 for no limit."""

    def __init__(self, db: Documents, most_a_day: int) -> None:
        self._db = db
        self._most_a_day = most_a_day

    def holds(self, channel: Channel, outgoing: Outgoing, now: datetime) -> bool:
        """Return whether a message waits, which is noted then, or may be sent."""
        outage = mail_outage.holds(self._db, now)
        if outage is not None:
            self._wait(channel, outage["sentence"], now)
            return True
        if not self._is_beyond_limit(channel, outgoing, now):
            return False
        mail_outage.give_back(self._db, now)
        return True

    def is_back(self, now: datetime) -> None:
        """Note that the server serves: it has taken a mail, or not taken this one only."""
        if mail_outage.end(self._db):
            log.info("the mail server takes mails again: those that wait are due")
            waiting_mails.server_is_back(self._db, now)

    def is_away(self, channel: Channel, sentence: str, now: datetime) -> None:
        """Note that the server takes no mail from anybody."""
        mail_outage.note(self._db, sentence, now)
        self._wait(channel, sentence, now)

    def _wait(self, channel: Channel, sentence: str, now: datetime) -> None:
        given_up = f"for {GIVEN_UP_AFTER.days} days it could not be sent: {sentence}"
        oldest = now - GIVEN_UP_AFTER
        waiting_mails.end_older(self._db, channel["_id"], oldest, given_up, now)
        waiting_mails.wait_for_server(self._db, channel["_id"], sentence, now, now + LOOK_AGAIN)

    def _is_beyond_limit(self, channel: Channel, outgoing: Outgoing, now: datetime) -> bool:
        if not self._most_a_day or not is_counted(outgoing):
            return False
        most = most_for(outgoing, self._most_a_day)
        counted = COUNTED.format(channel["owner"])
        if mail_counts.take(self._db, counted, most, now):
            return False
        self._collect(channel, outgoing, now)
        return True

    def _collect(self, channel: Channel, outgoing: Outgoing, now: datetime) -> None:
        day_ends = mail_counts.end_of_day(now)
        limit = (
            f"your mails of today are used up (QLINES_OWNER_MAILS_PER_DAY is {self._most_a_day:,},"
            " the last fifth of it for critical alarms)"
        )
        if outgoing.notifications[0]["kind"] == "test":
            sentence = f"{limit}: send it after {day_ends:%H:%M} UTC"
            notifications.finish(self._db, outgoing.ids, "dropped", sentence, now)
            return
        sentence = f"{limit}: it leaves with the others of today after {day_ends:%H:%M} UTC"
        batch = f"limit:{day_ends:%Y-%m-%d}:{channel['_id']}"
        waiting_mails.collect(self._db, outgoing.ids, batch, sentence, day_ends)
        for one in channels.of_owner(self._db, channel["owner"]):
            if channels.is_served(one):
                notifications.add_once(self._db, limit_notice(one, self._most_a_day, now))


def is_counted(outgoing: Outgoing) -> bool:
    """Return whether a message counts: one that was begun has done so before; pure."""
    return outgoing.notifications[0]["kind"] not in UNLIMITED and not outgoing.is_begun


def most_for(outgoing: Outgoing, most_a_day: int) -> int:
    """Return how many mails there may be before this one: the last fifth is for critical ones.

    Not for alarms of others that were assigned to the owner: how many these are is not their doing.
    """
    own = (one for one in outgoing.notifications if one["type"] != "alarm.assigned")
    is_critical = any(one["severity"] == CRITICAL for one in own)
    return most_a_day if is_critical else most_a_day - int(most_a_day * FOR_CRITICAL)


def limit_notice(channel: Channel, most_a_day: int, now: datetime) -> Notification:
    """Return what one of the owner's channels is sent about the limit, one a day; pure."""
    text = (
        f"QLines sends you {most_a_day:,} mails about alarms a day, the last fifth of them for"
        " critical alarms. What is beyond is one mail after midnight UTC; the page Alarms has all"
        " of it now, and other channels have no such limit. Is there a rule that is true too often?"
    )
    made_id = f"limit-{now:%Y-%m-%d}:{channel['_id']}"
    made = notice(channel["owner"], channel["_id"], SUBJECT, text, now)
    return {**made, "_id": made_id, "group": made_id, "batch": made_id}
