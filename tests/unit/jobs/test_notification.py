import smtplib
import ssl

import pytest

from qlines.clock import FakeClock
from qlines.jobs import notification
from qlines.jobs.notification import MailServer
from qlines.store import users
from tests.fakes.alarm_messages import Stage

SERVER = MailServer("mail.example.com", 587, False, "", "", "qlines@example.com")


def test_it_parses_the_url_of_the_mail_server() -> None:
    server = notification.mail_server("smtp://me%40example.com:p%2Fw@mail:2525", "a@example.com")

    assert server == ("mail", 2525, False, "me@example.com", "p/w", "me@example.com", "")


def test_it_uses_the_standard_ports() -> None:
    assert notification.mail_server("smtps://mail", "a@b").port == 465
    assert notification.mail_server("smtp://user:pw@mail", "a@b").port == 587
    assert notification.mail_server("smtp://mail", "a@b").port == 25


def test_only_admins_get_mail() -> None:
    all_users = [
        {"email": "zoe@example.com", "admin": True},
        {"email": "bob@example.com", "admin": False},
        {"email": "amy@example.com", "admin": True},
    ]

    assert notification.admin_emails(all_users) == ["amy@example.com", "zoe@example.com"]


def test_the_channels_of_admins_for_operators_have_it_too() -> None:
    stage = Stage()
    admin = users.add(stage.db, "amy@example.com", "hash", admin=True)["_id"]
    bob = users.add(stage.db, "bob@example.com", "hash")["_id"]
    for_operators = stage.add_channel(admin, operator=True)
    stage.add_channel(admin)
    stage.add_channel(admin, operator=True, enabled=False)
    stage.add_channel(bob, operator=True)  # who was an admin once

    (made,) = notification.for_operators(stage.db, "a new device", "It is unknown.", stage.now)

    assert (made["channel"], made["kind"]) == (for_operators["_id"], "operator")
    assert (made["subject"], made["text"]) == ("a new device", "It is unknown.")


def test_a_subject_with_line_breaks_cannot_add_a_header() -> None:
    mail = notification.compose("a@b", ["c@d"], "pump\r\nBcc: x@evil.example", "text")

    assert mail["Subject"] == "QLines: pump Bcc: x@evil.example"
    assert mail["Bcc"] is None


def test_it_retries_when_the_mail_server_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [smtplib.SMTPServerDisconnected("busy"), None]

    def send_once(*_: object) -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    monkeypatch.setattr(notification, "give", send_once)

    notification.send(SERVER, notification.compose("a@b", ["c@d"], "s", "t"), FakeClock())

    assert outcomes == []


def test_it_fails_when_the_mail_server_refuses_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def send_once(*_: object) -> None:
        calls.append(1)
        raise OSError("no route to host")

    monkeypatch.setattr(notification, "give", send_once)

    with pytest.raises(OSError, match="no route"):
        notification.send(SERVER, notification.compose("a@b", ["c@d"], "s", "t"), FakeClock())
    assert len(calls) == 3


class FakeSmtp:
    """A server that offers STARTTLS; like smtplib it knows so only after EHLO."""

    last: "FakeSmtp"

    def __init__(self, *_: object, **__: object) -> None:
        self.commands: list[str] = []
        FakeSmtp.last = self

    def __enter__(self) -> "FakeSmtp":
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def has_extn(self, name: str) -> bool:
        return name == "starttls" and "ehlo" in self.commands

    def ehlo_or_helo_if_needed(self) -> None:
        self.commands.append("ehlo")

    def starttls(self, context: ssl.SSLContext) -> None:
        assert context.check_hostname
        self.commands.append("starttls")

    def login(self, *_: object) -> None:
        self.commands.append("login")

    def send_message(self, _mail: object) -> None:
        self.commands.append("send")


def test_the_password_is_sent_encrypted_when_the_server_offers_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtplib, "SMTP", FakeSmtp)
    server = SERVER._replace(user="me", password="secret")

    notification.send(server, notification.compose("a@b", ["c@d"], "s", "t"), FakeClock())

    assert FakeSmtp.last.commands == ["ehlo", "starttls", "login", "send"]
