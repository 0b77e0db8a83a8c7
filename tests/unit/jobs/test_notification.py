import smtplib

import pytest

from qlines.clock import FakeClock
from qlines.jobs import notification
from qlines.jobs.notification import MailServer

SERVER = MailServer("mail.example.com", 587, False, "", "", "qlines@example.com")


def test_it_reads_the_mail_servers_address() -> None:
    server = notification.mail_server("smtp://me%40example.com:p%2Fw@mail:2525", "a@example.com")

    assert server == ("mail", 2525, False, "me@example.com", "p/w", "me@example.com")


def test_it_takes_the_usual_ports() -> None:
    assert notification.mail_server("smtps://mail", "a@b").port == 465
    assert notification.mail_server("smtp://user:pw@mail", "a@b").port == 587
    assert notification.mail_server("smtp://mail", "a@b").port == 25


def test_it_tells_the_admins_only() -> None:
    everybody = [
        {"email": "zoe@example.com", "admin": True},
        {"email": "bob@example.com", "admin": False},
        {"email": "amy@example.com", "admin": True},
    ]

    assert notification.admin_emails(everybody) == ["amy@example.com", "zoe@example.com"]


def test_a_subject_of_several_lines_adds_no_header() -> None:
    mail = notification.message("a@b", ["c@d"], "pump\r\nBcc: x@evil.example", "text")

    assert mail["Subject"] == "QLines: pump Bcc: x@evil.example"
    assert mail["Bcc"] is None


def test_it_tries_again_when_the_mail_server_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [smtplib.SMTPServerDisconnected("busy"), None]

    def send_once(*_: object) -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    monkeypatch.setattr(notification, "_send_once", send_once)

    notification.send(SERVER, notification.message("a@b", ["c@d"], "s", "t"), FakeClock())

    assert outcomes == []


def test_it_fails_when_the_mail_server_refuses_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def send_once(*_: object) -> None:
        calls.append(1)
        raise OSError("no route to host")

    monkeypatch.setattr(notification, "_send_once", send_once)

    with pytest.raises(OSError, match="no route"):
        notification.send(SERVER, notification.message("a@b", ["c@d"], "s", "t"), FakeClock())
    assert len(calls) == 3
