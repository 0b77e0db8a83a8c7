"""Ask the receiver of a channel's mails whether they want them, and not too often.

The counts are in MongoDB, because an address may be somebody's who has nothing to do with us: the
limit must hold also while Redis is away.
"""

import hashlib
from datetime import datetime

from qlines.clients.mongodb import Documents
from qlines.errors import BusyError
from qlines.store import mail_counts, notifications
from qlines.store.channels import Channel
from qlines.web.auth.identity import Identity

# A day. The first two are smaller than the third: nobody can use up all that is left to others.
OF_PERSON_TO_ADDRESS = 3
OF_PERSON = 20
TO_ADDRESS = 6
ASKED_AGAIN = "it was asked for again before it was sent"


def count_confirmation(db: Documents, person: Identity, address: str, now: datetime) -> None:
    """Count a mail that asks for a confirmation; raise BusyError when there were enough today."""
    receiver = hashlib.sha256(address.encode()).hexdigest()
    for what, most in (
        (f"confirmations of {person.user_id} to {receiver}", OF_PERSON_TO_ADDRESS),
        (f"confirmations of {person.user_id}", OF_PERSON),
        (f"confirmations to {receiver}", TO_ADDRESS),
    ):
        if not mail_counts.take(db, what, most, now):
            tomorrow = mail_counts.end_of_day(now)
            raise BusyError(
                f"at most {OF_PERSON_TO_ADDRESS} mails a day ask an address to be confirmed, and"
                f" you may send {OF_PERSON} of them in all; one to {address} is beyond that: look"
                f" for an earlier one, also among spam, or send it after {tomorrow:%H:%M} UTC",
                status=429,
                retry_seconds=max(1, int((tomorrow - now).total_seconds())),
            )


def ask(db: Documents, person: Identity, channel: Channel, now: datetime) -> None:
    """Have the mail with the link sent.

    One that still waits ends: it would go to the address as it is now, for which it did not count.
    """
    notifications.end_confirmations(db, channel["_id"], ASKED_AGAIN, now)
    made = notifications.confirmation(channel["owner"], channel["_id"], person.email, now)
    notifications.add(db, made)
