"""Mails, given to a real server on loopback."""

import smtplib
import socket
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from qlines.clock import utc_datetime
from qlines.messengers import email
from qlines.messengers.mail_links import MailLinks, is_genuine
from qlines.messengers.mail_server import MailServer, NoServiceError, give

TO = {"address": "alice@example.com"}
CHANNEL = "65f0000000000000000000c1"
KEY = "a secret of this appliance"


class Mailbox:
    """What the server does with a mail: its *answer*, or that of the first recipient."""

    def __init__(self):
        self.mails = []
        self.answer = "250 OK"
        self.to_recipient = "250 OK"
        self.hangs_up = False

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if self.to_recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        if self.answer.startswith("2"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
        return self.answer

    async def handle_QUIT(self, server, _session, _envelope):  # noqa: N802
        if self.hangs_up:
            server.transport.abort()
        return "221 Bye"


@pytest.fixture
def mailbox(socket_enabled):
    assert socket_enabled is None
    return Mailbox()


@pytest.fixture
def server(mailbox):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield MailServer("127.0.0.1", port, False, "", "", "qlines@example.com")
    controller.stop()


@pytest.fixture
def means(means, server):
    return means._replace(mail_server=server)


def test_it_has_text_and_html_and_the_headers_of_what_a_program_sends(means, mailbox, message):
    assert email.send(TO, message._replace(title="a < b"), means).kind == "ok"

    (mail,) = mailbox.mails
    assert mail["Subject"] == "QLines: a < b"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "temperature was 93 (limit 80)." in text
    assert "https://devices.example.com/alarms/65f000000000000000000001" in text
    assert "<h1 style='font-size: 1.2em'>a &lt; b</h1>" in html


def test_the_message_id_is_that_of_the_message_in_every_attempt(means, mailbox, message):
    email.send(TO, message, means)
    email.send(TO, message, means)

    first, second = (mail["Message-ID"] for mail in mailbox.mails)
    expected = "65f000000000000000000001.1.65f0000000000000000000c1@devices.example.com"
    assert first == second == f"<{expected}>"


def test_raise_and_clear_of_one_alarm_are_one_conversation(means, mailbox, message):
    email.send(TO, message, means)
    email.send(TO, message._replace(id="later", reply_to=message.id), means)

    raised, cleared = mailbox.mails
    assert raised["In-Reply-To"] is None
    assert cleared["In-Reply-To"] == cleared["References"] == raised["Message-ID"]


def test_a_title_with_line_breaks_cannot_add_a_header(means, mailbox, message):
    email.send(TO, message._replace(title="pump\r\nBcc: x@evil.example"), means)

    (mail,) = mailbox.mails
    assert mail["Subject"] == "QLines: pump Bcc: x@evil.example"
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("452 mailbox full", "retry"),
        ("554 no such thing", "refused"),
        ("550 5.4.5 Daily user sending limit exceeded", "retry"),
    ],
)
def test_what_the_server_says_is_tried_again_or_final(means, mailbox, message, answer, kind):
    mailbox.answer = answer

    result = email.send(TO, message, means)

    assert result.kind == kind
    assert answer in result.sentence


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoServiceError("it refused the sign-in: 535"), "outage"),
        (smtplib.SMTPHeloError(421, b"too many connections"), "outage"),
        (smtplib.SMTPSenderRefused(530, b"authentication required", "a@b.example"), "outage"),
        (smtplib.SMTPSenderRefused(552, b"the message is too large", "a@b.example"), "refused"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "retry"),
        (TimeoutError("timed out"), "retry"),
        (smtplib.SMTPNotSupportedError("no SMTPUTF8"), "refused"),
    ],
    ids=["service", "greeting", "sender", "size", "broken off", "silent", "address"],
)
def test_what_is_not_about_the_receiver_is_not_its_fault(means, message, monkeypatch, error, kind):
    def refused(*_):
        raise error

    monkeypatch.setattr(email, "give", refused)

    result = email.send(TO, message, means)

    assert (result.kind, result.is_receivers) == (kind, False)


def test_an_unknown_recipient_is_final_and_the_receivers_fault(means, mailbox, message):
    mailbox.to_recipient = "550 who is that"

    result = email.send(TO, message, means)

    assert (result.kind, result.is_receivers) == ("refused", True)


def test_a_limit_of_ours_that_is_said_of_the_recipient_is_not_its_fault(means, mailbox, message):
    mailbox.to_recipient = "550 5.7.233 the tenant exceeded its daily limit"

    result = email.send(TO, message, means)

    assert (result.kind, result.is_receivers) == ("retry", False)


def test_a_recipient_who_is_to_be_tried_later_is_not_the_receivers_fault(means, mailbox, message):
    mailbox.to_recipient = "450 greylisted"

    result = email.send(TO, message, means)

    assert (result.kind, result.is_receivers) == ("retry", False)


def test_its_date_is_when_it_is_sent_and_one_that_is_late_says_when_it_happened(means, message):
    now = utc_datetime(means.clock.now_us())
    late = message._replace(at=now - timedelta(hours=3))

    for one, is_said in ((message._replace(at=now), False), (late, True)):
        mail = email.compose(means.mail_server, "a@b.example", one, means)
        assert mail["Date"].datetime == now.replace(microsecond=0)
        text = mail.get_body(("plain",)).get_content()
        assert (f"This is from {late.at:%Y-%m-%d %H:%M:%S} (UTC)." in text) is is_said


def test_its_receiver_ends_the_mails_of_the_channel_with_one_press(means, message):
    mail = email.compose(means.mail_server, TO["address"], message._replace(channel=CHANNEL), means)

    link = mail["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"https://devices.example.com/unsubscribe/{CHANNEL}.")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    now = utc_datetime(means.clock.now_us())
    assert is_genuine(KEY, "stop", link.rpartition("/")[2], TO["address"], now)
    for kind in ("plain", "html"):
        assert link in mail.get_body((kind,)).get_content()


@pytest.mark.parametrize(
    ("public_url", "has_link"),
    [("http://devices.example.com", True), ("http://localhost:5000", False)],
)
def test_without_https_no_program_is_asked_to_press_and_without_an_address_it_is_said(
    means, message, public_url, has_link
):
    elsewhere = means._replace(public_url=public_url, links=MailLinks(KEY, public_url))

    mail = email.compose(
        means.mail_server, TO["address"], message._replace(channel=CHANNEL), elsewhere
    )

    assert mail["List-Unsubscribe-Post"] is None
    assert (mail["List-Unsubscribe"] is not None) is has_link
    text = mail.get_body(("plain",)).get_content()
    assert (email.NO_LINK in text) is not has_link


def test_the_mail_that_asks_for_a_confirmation_has_that_link_and_no_other(means, message):
    asks = message._replace(channel=CHANNEL, type="confirmation", path="/account/notifications")

    mail = email.compose(means.mail_server, TO["address"], asks, means)

    text = mail.get_body(("plain",)).get_content()
    assert f"https://devices.example.com/confirm-address/{CHANNEL}." in text
    assert mail["List-Unsubscribe"] is None
    assert "/account/notifications" not in text


def test_a_mail_that_was_taken_is_sent_though_the_connection_breaks_then(
    server, means, mailbox, message
):
    mailbox.hangs_up = True

    give(server, email.compose(server, "alice@example.com", message, means))

    assert len(mailbox.mails) == 1


def test_a_server_that_is_away_is_an_outage(means, message, monkeypatch):
    def away(*_, **__):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(smtplib, "SMTP", away)

    result = email.send(TO, message, means)

    assert (result.kind, result.is_receivers) == ("outage", False)
    assert "Connection refused" in result.sentence


def test_without_a_server_the_sentence_says_who_sets_one(means, message):
    result = email.send(TO, message, means._replace(mail_server=None))

    assert (result.kind, "QLINES_SMTP_URL" in result.sentence) == ("refused", True)


def test_without_a_server_a_demonstration_keeps_the_mail(means, message):
    kept = []
    without = means._replace(mail_server=None, keep_mail=kept.append)

    result = email.send({"address": "a@example.com"}, message, without)

    assert result.is_ok
    assert "/demo/mail" in result.sentence
    assert (kept[0]["To"], message.text in kept[0].get_body(("plain",)).get_content()) == (
        "a@example.com",
        True,
    )
