"""Mail a notification to the admins, or to one person; without a mail server, log its subject.

What is for the admins also goes to those of their channels that are for such messages.
"""

import logging
import os
import smtplib
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage

from appliance.shared.backoff import Backoff
from qlines import logs
from qlines.clients import mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, SystemClock, utc_datetime
from qlines.jobs.queue import RETRY_SECONDS
from qlines.messengers.mail_server import MailServer, give, mail_server
from qlines.messengers.message import one_line
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import channels, notifications, users
from qlines.store.users import UserDocument

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 10.0
MAX_PAUSE_SECONDS = 30.0


def run(subject: str, text: str, recipient: str = "") -> None:
    """Send one notification: the entry point of the process that RQ forks.

    Without a *recipient* it is for the admins. Raise smtplib.SMTPException or OSError when the mail
    server refuses the mail: RQ then keeps the job among the failed ones.
    """
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    if not recipient:
        _to_channels(settings, subject, text)
    if not settings.smtp_url:
        log.info("no mail was sent, QLINES_SMTP_URL is not set: %s", one_line(subject))
        return
    clock = SystemClock()
    recipients = [recipient] if recipient else _admins(settings, clock)
    server = mail_server(settings.smtp_url, settings.admin_email, settings.smtp_ca_file)
    send(server, compose(server.sender, recipients, subject, text), clock)


def _to_channels(settings: Settings, subject: str, text: str) -> None:
    """Put the notification into the outbox of the admins' channels that are for such."""
    clock = SystemClock()
    db = mongodb.connect(settings.mongodb)
    made = retry_for(
        lambda: for_operators(db, one_line(subject), text, utc_datetime(clock.now_us())),
        max_seconds=RETRY_SECONDS,
        clock=clock,
    )
    for one in made:
        notifications.add(db, one)


def for_operators(
    db: Documents, subject: str, text: str, now: datetime
) -> list[notifications.Notification]:
    """Return what the channels for messages about the appliance are to have, those of admins."""
    admins = {user["_id"] for user in users.list_all(db) if is_admin(user)}
    return [
        notifications.notice(one["owner"], one["_id"], subject, text, now, "operator")
        for one in channels.operators(db)
        if one["enabled"] and one["owner"] in admins
    ]


def _admins(settings: Settings, clock: Clock) -> list[str]:
    return retry_for(
        lambda: admin_emails(users.list_all(mongodb.connect(settings.mongodb))),
        max_seconds=RETRY_SECONDS,
        clock=clock,
    )


def admin_emails(all_users: Iterable[UserDocument]) -> list[str]:
    """Return the addresses of the admins, sorted."""
    return sorted(user["email"] for user in all_users if is_admin(user))


def is_admin(user: UserDocument) -> bool:
    """Return whether messages for the admins are for this user."""
    return user["admin"] and not user.get("disabled")


def compose(sender: str, recipients: list[str], subject: str, text: str) -> EmailMessage:
    """Return the mail; line breaks in *subject* become spaces, so it cannot add a header."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = f"QLines: {one_line(subject)}"
    mail.set_content(text)
    return mail


def send(server: MailServer, mail: EmailMessage, clock: Clock) -> None:
    """Send the mail, in at most three attempts.

    Raise the last attempt's smtplib.SMTPException or OSError.
    """
    backoff = Backoff(first_seconds=FIRST_PAUSE_SECONDS, max_seconds=MAX_PAUSE_SECONDS)
    while True:
        try:
            give(server, mail)
        except (OSError, smtplib.SMTPException) as error:
            pause_seconds = backoff.next_seconds()
            log.warning("the mail server %s refused the mail: %s", server.host, error)
            if backoff.attempts == MAX_ATTEMPTS:
                raise
            clock.sleep(pause_seconds)
        else:
            log.info("sent a mail to %s: %s", mail["To"], mail["Subject"])
            return
