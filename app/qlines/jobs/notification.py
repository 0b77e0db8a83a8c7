"""Tell the admins by mail what they asked to be told; without a mail server, by one log line."""

import logging
import os
import smtplib
from collections.abc import Iterable
from email.message import EmailMessage
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from qlines import logs
from qlines.clients import mongodb
from qlines.clock import Clock, SystemClock
from qlines.jobs.queue import RETRY_SECONDS
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import users

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20
PAUSES_SECONDS = (5, 30)


class MailServer(NamedTuple):
    """Where mail goes out; *sender* is what stands in From."""

    host: str
    port: int
    encrypted: bool
    user: str
    password: str
    sender: str


def run(subject: str, text: str) -> None:
    """Do the job: the entry point of the process that RQ forks for it."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    if not settings.smtp_url:
        log.info("no mail goes out (QLINES_SMTP_URL is not set): %s", one_line(subject))
        return
    clock = SystemClock()
    admins = retry_for(
        lambda: admin_emails(users.list_all(mongodb.connect(settings.mongodb))),
        max_seconds=RETRY_SECONDS,
        clock=clock,
    )
    server = mail_server(settings.smtp_url, settings.admin_email)
    send(server, message(server.sender, admins, subject, text), clock)


def admin_emails(everybody: Iterable[dict[str, object]]) -> list[str]:
    """Return who is told, in order of the address."""
    return sorted(str(user["email"]) for user in everybody if user.get("admin"))


def mail_server(url: str, default_sender: str) -> MailServer:
    """Read ``smtp://user:password@host:port``; a user that is an address is the sender."""
    parts: SplitResult = urlsplit(url)
    user = unquote(parts.username or "")
    encrypted = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname or "localhost",
        port=parts.port or (465 if encrypted else 587 if user else 25),
        encrypted=encrypted,
        user=user,
        password=unquote(parts.password or ""),
        sender=user if "@" in user else default_sender,
    )


def message(sender: str, receivers: list[str], subject: str, text: str) -> EmailMessage:
    """Build the mail; a subject of several lines becomes one, so that none becomes a header."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(receivers)
    mail["Subject"] = f"QLines: {one_line(subject)}"
    mail.set_content(text)
    return mail


def one_line(text: str) -> str:
    """Return *text* with every run of white space, line ends too, as one space."""
    return " ".join(text.split())


def send(server: MailServer, mail: EmailMessage, clock: Clock) -> None:
    """Send the mail, three times if need be; the last refusal goes to RQ's failed jobs."""
    for pause_seconds in PAUSES_SECONDS:
        try:
            _send_once(server, mail)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("the mail server %s refused: %s", server.host, error)
            clock.sleep(pause_seconds)
        else:
            return
    _send_once(server, mail)


def _send_once(server: MailServer, mail: EmailMessage) -> None:
    connect = smtplib.SMTP_SSL if server.encrypted else smtplib.SMTP
    with connect(server.host, server.port, timeout=TIMEOUT_SECONDS) as smtp:
        if not server.encrypted and smtp.has_extn("starttls"):
            smtp.starttls()
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(mail)
    log.info("sent a mail to %s: %s", mail["To"], mail["Subject"])
