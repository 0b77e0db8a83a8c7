"""The server that sends mail: its address, and one attempt to give it a mail.

Its certificate is checked wherever it speaks TLS: from the first byte with ``smtps``, otherwise
after STARTTLS, which every server is asked for that offers it. A password is never sent without.
"""

import ipaddress
import logging
import smtplib
import ssl
from email.message import EmailMessage
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20
CA_FILE = "QLINES_SMTP_CA_FILE"


class MailServer(NamedTuple):
    """The server that sends the mail; *sender* goes into the From header.

    *ca_file* has the certificates, PEM, of the authorities that may have signed the server's, ""
    for those of the system.
    """

    host: str
    port: int
    encrypted: bool
    user: str
    password: str
    sender: str
    ca_file: str = ""


class NoServiceError(smtplib.SMTPException):
    """The server takes no mail at all, from nobody to nobody; the text says why."""


def mail_server(url: str, default_sender: str, ca_file: str = "") -> MailServer:
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
        ca_file=ca_file,
    )


def give(server: MailServer, mail: EmailMessage) -> None:
    """Give the server a mail, in one attempt.

    Raise NoServiceError when it serves nobody, smtplib.SMTPException or OSError when it has not
    taken this mail. What happens after it has, such as a connection that breaks before QUIT is
    answered, is logged: a second attempt would be a second mail.
    """
    smtp = _opened(server)
    is_taken = False
    try:
        with smtp:
            smtp.send_message(mail)
            is_taken = True
    except (OSError, smtplib.SMTPException) as error:
        if not is_taken:
            raise
        log.info("the mail server %s took a mail and did not part well: %s", server.host, error)


def _opened(server: MailServer) -> smtplib.SMTP:
    """Return a connection that is ready for a mail; raise NoServiceError."""
    try:
        if server.encrypted:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=_context(server)
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    except (OSError, smtplib.SMTPException) as error:
        raise NoServiceError(_words(error)) from error
    try:
        _introduce(smtp, server)
    except (OSError, smtplib.SMTPException) as error:
        smtp.close()
        raise NoServiceError(_words(error)) from error
    return smtp


def _introduce(smtp: smtplib.SMTP, server: MailServer) -> None:
    """Greet the server, encrypt what follows where it can, and sign in."""
    smtp.ehlo_or_helo_if_needed()  # before it smtplib knows of no extension
    is_encrypted = server.encrypted
    if not is_encrypted and smtp.has_extn("starttls"):
        smtp.starttls(context=_context(server))
        is_encrypted = True
    if not server.user:
        return
    if not is_encrypted and not _is_this_machine(server.host):
        raise NoServiceError(
            "it offers no encryption (STARTTLS), and a password is not sent without: use smtps://,"
            " or the port at which it offers it, most often 587"
        )
    smtp.login(server.user, server.password)


def _context(server: MailServer) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file or None)
    except OSError as error:
        reason = f"{CA_FILE} ({server.ca_file}) is not a usable PEM file: {error}"
        raise NoServiceError(reason) from error


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.rstrip(".") or "it is not valid"
        return (
            f"its certificate is refused ({why}): name the authority that has signed it in"
            f" {CA_FILE}, and the server in QLINES_SMTP_URL by a name that is in it"
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refused the sign-in: {error.smtp_code}"
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        words = text.decode(errors="replace") if isinstance(text, bytes) else text
        return f"{error.smtp_code} {words}"
    return str(error) or type(error).__name__
