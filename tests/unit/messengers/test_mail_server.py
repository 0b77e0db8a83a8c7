"""The mail server is who its certificate says, or nothing is sent: real servers on loopback."""

import socket
import ssl
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from qlines.messengers.mail_server import MailServer, NoServiceError, give, mail_server
from tests.harness.authority import Authority


class Mailbox:
    def __init__(self):
        self.takes = 0

    async def handle_DATA(self, _server, _session, _envelope):  # noqa: N802 - aiosmtpd's name
        self.takes += 1
        return "250 OK"


@pytest.fixture
def mail():
    made = EmailMessage()
    made["From"], made["To"] = "qlines@example.com", "alice@example.com"
    made.set_content("hello")
    return made


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture(params=["smtps", "starttls"])
def server(request, authority, mailbox, socket_enabled):
    assert socket_enabled is None
    certificate = authority.sign("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    is_smtps = request.param == "smtps"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tls = {"ssl_context": context} if is_smtps else {"tls_context": context}
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **tls)
    controller.start()
    yield MailServer("127.0.0.1", port, is_smtps, "", "", "qlines@example.com")
    controller.stop()


def test_a_server_whose_authority_is_known_gets_the_mail(server, authority, mailbox, mail):
    give(server._replace(ca_file=str(authority.file)), mail)

    assert mailbox.takes == 1


def test_one_whose_authority_is_unknown_gets_nothing_and_the_setting_is_named(
    server, mailbox, mail
):
    with pytest.raises(NoServiceError, match=r"its certificate is refused .*QLINES_SMTP_CA_FILE"):
        give(server, mail)

    assert mailbox.takes == 0


def test_one_that_has_another_name_gets_nothing(server, authority, mailbox, mail):
    elsewhere = server._replace(host="localhost", ca_file=str(authority.file))

    with pytest.raises(NoServiceError, match="its certificate is refused"):
        give(elsewhere, mail)

    assert mailbox.takes == 0


def test_a_file_that_is_no_certificate_is_named(server, tmp_path, mail):
    (tmp_path / "ca.pem").write_text("nothing")

    with pytest.raises(NoServiceError, match=r"QLINES_SMTP_CA_FILE .* is not a usable PEM file"):
        give(server._replace(ca_file=str(tmp_path / "ca.pem")), mail)


class Plain:
    """A server that offers no encryption, that a name stands for."""

    def __init__(self, *_, **__):
        self.is_closed = False

    def ehlo_or_helo_if_needed(self):
        pass

    def has_extn(self, _name):
        return False

    def close(self):
        self.is_closed = True


def test_a_password_is_not_sent_without_encryption(monkeypatch, mail):
    monkeypatch.setattr("smtplib.SMTP", Plain)
    server = mail_server("smtp://qlines:secret@mail.example.com", "qlines@example.com")

    with pytest.raises(NoServiceError, match="a password is not sent without: use smtps://"):
        give(server, mail)
