"""The server that sends mail: its address, and one attempt to give it a mail."""

import logging
import smtplib
from email.message import EmailMessage
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20


class MailServer(NamedTuple):
    """The server that sends the mail; *sender* goes into the From header."""

    host: str
    port: int
    encrypted: bool
    user: str
    password: str
    sender: str


def mail_server(url: str, default_sender: str) -> MailServer:
    """Parse ``smtp://user:password@host:port``; a user that is an address is the sender."""
    parts = urlsplit(url)
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


def give(server: MailServer, mail: EmailMessage) -> None:
    """Give the server a mail, in one attempt.

    Raise smtplib.SMTPException or OSError when it has not taken it. What happens after it has, such
    as a connection that breaks before QUIT is answered, is logged: a second attempt would be a
    second mail.
    """
    connect = smtplib.SMTP_SSL if server.encrypted else smtplib.SMTP
    is_taken = False
    try:
        with connect(server.host, server.port, timeout=TIMEOUT_SECONDS) as smtp:
            smtp.ehlo()  # before it smtplib knows of no extension
            if not server.encrypted and smtp.has_extn("starttls"):
                smtp.starttls()
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(mail)
            is_taken = True
    except (OSError, smtplib.SMTPException) as error:
        if not is_taken:
            raise
        log.info("the mail server %s took a mail and did not part well: %s", server.host, error)
