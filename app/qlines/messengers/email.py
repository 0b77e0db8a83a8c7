"""Messages by e-mail: text and simple HTML, the mails about one alarm as one conversation."""

import re
import smtplib
from collections.abc import Mapping
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from urllib.parse import urlsplit

from qlines.demo import MAIL_PAGE
from qlines.messengers import result
from qlines.messengers.mail_server import MailServer, give
from qlines.messengers.means import Means
from qlines.messengers.message import Message, one_line, shortened
from qlines.messengers.result import Result

MAX_SUBJECT_CHARACTERS = 150
# A Message-ID that is broken into two lines is legal, and not what every reader expects.
POLICY = policy.default.clone(max_line_length=200)
UNSUBSCRIBE_PATH = "/account/notifications"
NOBODY = MailServer("localhost", 25, False, "", "", "qlines@localhost")  # of a demonstration
REFUSING_US = (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused)
NO_SERVER = "no mail server is set: the admin sets one with QLINES_SMTP_URL"


def send(settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message to ``settings["address"]`` once."""
    server = means.mail_server
    if server is None:
        return _kept(settings["address"], message, means)
    try:
        give(server, compose(server, settings["address"], message, means.public_url))
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return _of_answer(server, code, text)
    except smtplib.SMTPAuthenticationError as error:
        # Nothing is wrong with the message: it arrives when the admin has corrected the sign-in.
        return result.retry(f"the mail server {server.host} refused the sign-in: {error.smtp_code}")
    except REFUSING_US as error:
        # Neither the message nor its receiver: it arrives when the admin has corrected that.
        return _of_answer(server, error.smtp_code, error.smtp_error)._replace(kind="retry")
    except smtplib.SMTPResponseException as error:
        return _of_answer(server, error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return result.retry(f"the mail server {server.host} could not be used: {error}")
    return result.ok(f"the mail server {server.host} took the mail")


def _kept(address: str, message: Message, means: Means) -> Result:
    """Keep the mail for the page of the demonstration, if one runs."""
    if means.keep_mail is None:
        return result.refused(NO_SERVER)
    means.keep_mail(compose(NOBODY, address, message, means.public_url))
    return result.ok(f"no mail server is set: the demo keeps the mail on the page {MAIL_PAGE}")


def compose(server: MailServer, address: str, message: Message, public_url: str) -> EmailMessage:
    """Return the mail; the same message always has the same Message-ID.

    Auto-Submitted is RFC 3834's: no answering machine answers it. List-Unsubscribe (RFC 2369) leads
    to the page where its reader switches it off.
    """
    host = urlsplit(public_url).hostname or "localhost"
    mail = EmailMessage(POLICY)
    mail["From"] = server.sender
    mail["To"] = address
    mail["Subject"] = shortened(f"QLines: {one_line(message.title)}", MAX_SUBJECT_CHARACTERS)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = message_id(message.id, host)
    if message.reply_to:
        mail["In-Reply-To"] = message_id(message.reply_to, host)
        mail["References"] = message_id(message.reply_to, host)
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{public_url}{UNSUBSCRIBE_PATH}>"
    link = public_url + message.path
    mail.set_content(f"{message.text}\n\n{link}\n\n-- \n{_footer(public_url)}\n")
    mail.add_alternative(_html(message, link, public_url), subtype="html")
    return mail


def message_id(text: str, host: str) -> str:
    """Return an id as the headers of mails have it, of the characters that RFC 5322 allows."""
    return f"<{re.sub(r'[^A-Za-z0-9_-]', '.', text)}@{host}>"


def _html(message: Message, link: str, public_url: str) -> str:
    lines = "<br>\n".join(escape(line) for line in message.text.splitlines())
    return (
        "<!doctype html>\n<html><body style='font-family: sans-serif'>\n"
        f"<h1 style='font-size: 1.2em'>{escape(message.title)}</h1>\n<p>{lines}</p>\n"
        f"<p><a href='{escape(link)}'>Open in QLines</a></p>\n"
        f"<p style='color: #666; font-size: 0.9em'>{escape(_footer(public_url))}</p>\n"
        "</body></html>\n"
    )


def _footer(public_url: str) -> str:
    return f"What QLines sends you is up to you: {public_url}{UNSUBSCRIBE_PATH}"


def _of_answer(server: MailServer, code: int, text: bytes | str) -> Result:
    """Return what an answer of SMTP means: from 500 on it is final (RFC 5321 4.2.1)."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    sentence = f"the mail server {server.host} answered {code} {shortened(one_line(words), 200)}"
    return result.refused(sentence) if code >= 500 else result.retry(sentence)
