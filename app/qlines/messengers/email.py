"""Messages by e-mail: text and simple HTML, the mails about one alarm as one conversation."""

import re
import smtplib
from collections.abc import Mapping
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from qlines.clock import utc_datetime
from qlines.demo import MAIL_PAGE
from qlines.messengers import result
from qlines.messengers.mail_server import MailServer, NoServiceError, give
from qlines.messengers.means import Means
from qlines.messengers.message import CONFIRMATION, Message, one_line, shortened
from qlines.messengers.result import Result
from qlines.messengers.smtp_answer import of_answer

MAX_SUBJECT_CHARACTERS = 150
# A Message-ID, or a link, broken into two lines is legal, and not what every reader expects.
POLICY = policy.default.clone(max_line_length=300)
NOBODY = MailServer("localhost", 25, False, "", "", "qlines@localhost")  # of a demonstration
NO_SERVER = "no mail server is set: the admin sets one with QLINES_SMTP_URL"
TOO_LARGE = 552  # the answer to MAIL FROM that is about this mail (RFC 1870), and not about us
LATE = timedelta(minutes=5)
NO_LINK = "To have no more of these mails, ask the person who has them sent to you."
NOT_YOURS = "If you do not know what this is about, do nothing: no messages are sent to you then."


class Links(NamedTuple):
    """The link of a mail and what it says, and the sentence below it, which *stop* ends with."""

    url: str
    label: str
    footer: str
    stop: str


def send(settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message to ``settings["address"]`` once.

    Only a final answer about the receiver is the receiver's fault. A server that greets nobody,
    refuses our sign-in, our certificate or our sender, or is away, is an outage for all mails.
    """
    server = means.mail_server
    if server is None:
        return _kept(settings["address"], message, means)
    try:
        give(server, compose(server, settings["address"], message, means))
    except NoServiceError as error:
        return _outage(server, str(error))
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        answer = of_answer(server.host, code, text)
        return answer._replace(is_receivers=answer.kind == "refused")
    except (smtplib.SMTPHeloError, smtplib.SMTPSenderRefused) as error:
        answer = of_answer(server.host, error.smtp_code, error.smtp_error)
        return answer if error.smtp_code == TOO_LARGE else result.outage(answer.sentence)
    except smtplib.SMTPResponseException as error:
        return of_answer(server.host, error.smtp_code, error.smtp_error)
    except smtplib.SMTPNotSupportedError as error:  # an address that is not ASCII
        sentence = f"the mail server {server.host} cannot send it: {error}"
        return result.refused(sentence)._replace(is_receivers=False)
    except (OSError, smtplib.SMTPException) as error:
        # It greeted us and then broke off: perhaps over this mail, so the others do not wait.
        sentence = f"the mail server {server.host} broke off: {error}"
        return result.retry(sentence)._replace(is_receivers=False)
    return result.ok(f"the mail server {server.host} took the mail")


def _outage(server: MailServer, why: str) -> Result:
    return result.outage(f"the mail server {server.host} cannot be used: {shortened(why, 300)}")


def _kept(address: str, message: Message, means: Means) -> Result:
    """Keep the mail for the page of the demonstration, if one runs."""
    if means.keep_mail is None:
        return result.refused(NO_SERVER)._replace(is_receivers=False)
    means.keep_mail(compose(NOBODY, address, message, means))
    return result.ok(f"no mail server is set: the demo keeps the mail on the page {MAIL_PAGE}")


def compose(server: MailServer, address: str, message: Message, means: Means) -> EmailMessage:
    """Return the mail as it is sent now; the same message always has the same Message-ID.

    Auto-Submitted is RFC 3834's: no answering machine answers it. By List-Unsubscribe and
    List-Unsubscribe-Post (RFC 8058) the receiver's program ends these mails with one press, which
    it does only where the link begins with https.
    """
    host = urlsplit(means.public_url).hostname or "localhost"
    links = _links(address, message, means)
    mail = EmailMessage(POLICY)
    mail["From"] = server.sender
    mail["To"] = address
    mail["Subject"] = shortened(f"QLines: {one_line(message.title)}", MAX_SUBJECT_CHARACTERS)
    mail["Date"] = format_datetime(utc_datetime(means.clock.now_us()))
    mail["Message-ID"] = message_id(message.id, host)
    if message.reply_to:
        mail["In-Reply-To"] = message_id(message.reply_to, host)
        mail["References"] = message_id(message.reply_to, host)
    mail["Auto-Submitted"] = "auto-generated"
    if links.stop:
        mail["List-Unsubscribe"] = f"<{links.stop}>"
    if links.stop.startswith("https:"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text = _text(message, means)
    footer = f"{links.footer} {links.stop}".strip()
    signature = f"\n-- \n{footer}\n" if footer else ""
    mail.set_content(f"{text}\n\n{links.label}:\n{links.url}\n{signature}")
    mail.add_alternative(_html(message.title, text, links), subtype="html")
    return mail


def _links(address: str, message: Message, means: Means) -> Links:
    if message.type == CONFIRMATION:
        now = utc_datetime(means.clock.now_us())
        url = means.links.confirm(message.channel, address, now)
        return Links(url, "Confirm the address", NOT_YOURS, "")
    url = means.public_url + message.path
    if not message.channel:  # to the address of an account, about what is wrong with its channels
        return Links(url, "Open in QLines", "", "")
    stop = means.links.stop(message.channel, address)
    return Links(url, "Open in QLines", "No more of these mails:" if stop else NO_LINK, stop)


def _text(message: Message, means: Means) -> str:
    """Return the text; one that was held up says when what it is about has happened."""
    is_late = utc_datetime(means.clock.now_us()) - message.at > LATE
    happened = f"\n\nThis is from {message.at:%Y-%m-%d %H:%M:%S} (UTC)." if is_late else ""
    return message.text + happened


def message_id(text: str, host: str) -> str:
    """Return an id as the headers of mails have it, of the characters that RFC 5322 allows."""
    return f"<{re.sub(r'[^A-Za-z0-9_-]', '.', text)}@{host}>"


def _html(title: str, text: str, links: Links) -> str:
    lines = "<br>\n".join(escape(line) for line in text.splitlines())
    stop = f" <a href='{escape(links.stop)}'>unsubscribe</a>" if links.stop else ""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'></head>\n"
        "<body style='font-family: sans-serif'>\n"
        f"<h1 style='font-size: 1.2em'>{escape(title)}</h1>\n<p>{lines}</p>\n"
        f"<p><a href='{escape(links.url)}'>{escape(links.label)}</a></p>\n"
        f"<p style='color: #666; font-size: 0.9em'>{escape(links.footer)}{stop}</p>\n"
        "</body></html>\n"
    )
