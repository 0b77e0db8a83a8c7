"""A message reaches its webhook, and nothing else."""

import json
import socket
import ssl
import threading

import pytest

from qlines.clock import SystemClock
from qlines.errors import WebhookError
from qlines.webhook import addresses
from qlines.webhook.sender import MAX_ANSWER_BYTES, Message, Request, Sender, WebhookSender
from qlines.webhook.signature import headers
from qlines.webhook.url import Rules

NAME = "receiver.example"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = Message("msg_1", b'{"type": "device.call"}')
LAX = Rules(allows_http=True, allows_private=True)


def test_nothing_is_sent_to_a_name_that_stands_for_an_address_of_ours(receiver):
    strict = WebhookSender(LAX, SystemClock(), lambda _host, _port: ["127.0.0.1"])

    with pytest.raises(WebhookError, match=r"stands for 127.0.0.1, .* loopback address"):
        strict.send(receiver.url("/calls?a=1", host=NAME), [SECRET], MESSAGE)

    assert receiver.requests == []


class TestReachable:
    """From here on loopback may be reached: only a test's receiver is there."""

    @pytest.fixture(autouse=True)
    def names(self, monkeypatch):
        names = []
        monkeypatch.setattr(
            addresses, "refusal", lambda text, **_: "" if text == "127.0.0.1" else "reserved"
        )
        return names

    @pytest.fixture
    def send(self, names):
        def look_up(host, _port):
            names.append(host)
            return ["192.0.2.1", "127.0.0.1"]

        one = WebhookSender(LAX, SystemClock(), look_up)
        return lambda url: one.send(url, [SECRET], MESSAGE)

    def test_it_is_signed_and_the_answer_is_returned(self, receiver, send, names):
        response = send(receiver.url("/calls?a=1", host=NAME))

        (request,) = receiver.requests
        assert (request.method, request.path, request.body) == ("POST", "/calls?a=1", MESSAGE.body)
        assert request.headers["Host"] == f"{NAME}:{receiver.port}"
        assert request.headers["Content-Type"] == "application/json"
        timestamp = request.headers["webhook-timestamp"]
        for name, value in headers([SECRET], "msg_1", int(timestamp), MESSAGE.body):
            assert request.headers[name] == value
        assert (response.status, json.loads(response.body)) == (200, {"ok": True})
        assert names == [NAME], "there is one look-up, and its allowed address is used"

    def test_any_other_request_has_its_own_headers_and_body(self, receiver, names):
        assert names == []
        one = Sender(LAX, SystemClock(), lambda _host, _port: ["127.0.0.1"])

        response = one.request(receiver.url("/x", host=NAME), Request(b"\0", [("TTL", "60")]))

        (request,) = receiver.requests
        assert (request.method, request.body, response.status) == ("POST", b"\0", 200)
        assert request.headers["TTL"] == "60"
        assert "Content-Type" not in request.headers

    def test_a_redirect_is_returned_and_not_followed(self, receiver, send):
        receiver.answer = lambda _: (302, {"Location": receiver.url("/elsewhere", host=NAME)}, b"")

        assert send(receiver.url("/calls?a=1", host=NAME)).status == 302
        assert len(receiver.requests) == 1

    def test_an_answer_that_is_too_long_is_not_read_to_its_end(self, receiver, send):
        receiver.answer = lambda _: (200, {}, b"1" * (MAX_ANSWER_BYTES + 1))

        with pytest.raises(WebhookError, match="more than 65,536 bytes"):
            send(receiver.url("/calls?a=1", host=NAME))

    def test_one_that_trickles_is_cut_off_at_the_deadline(self, receiver, names):
        assert names == []
        one = WebhookSender(LAX, SystemClock(), lambda _host, _port: ["127.0.0.1"], seconds=1.0)
        is_over = threading.Event()

        def trickle(request):
            while not is_over.wait(0.05):
                request.out.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return 200, {}, b""

        receiver.answer = trickle
        with pytest.raises(WebhookError, match="did not answer within 1 seconds"):
            one.send(receiver.url("/calls?a=1", host=NAME), [SECRET], MESSAGE)
        is_over.set()

    def test_a_certificate_of_nobody_who_is_known_is_refused(self, receiver, send, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        receiver.speak_tls(context)

        with pytest.raises(WebhookError, match="certificate is not valid"):
            send(receiver.url(host=NAME, scheme="https"))

        assert receiver.requests == []

    def test_the_certificate_must_be_for_the_name(self, receiver, names, certificate):
        assert names == []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        receiver.speak_tls(context)
        one = WebhookSender(LAX, SystemClock(), lambda _host, _port: ["127.0.0.1"])
        one._tls = ssl.create_default_context(cafile=certificate)

        url = receiver.url(host=NAME, scheme="https")
        assert one.send(url, [SECRET], MESSAGE).status == 200
        with pytest.raises(WebhookError, match="certificate is not valid"):
            one.send(url.replace("receiver.", "other."), [SECRET], MESSAGE)

    def test_where_nobody_listens_it_is_said(self, send, socket_enabled):
        assert socket_enabled is None
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

        with pytest.raises(WebhookError, match="cannot be connected to: Connection refused"):
            send(f"http://{NAME}:{port}/")

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            (b"", "closed the connection without an answer"),
            (b"SSH-2.0-OpenSSH\r\n\r\n", "did not answer with HTTP"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "did not answer with HTTP"),
        ],
    )
    def test_what_is_not_http_is_said_to_be_none(self, send, socket_enabled, sent, said):
        assert socket_enabled is None
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve():
                connection, _ = server.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(sent)

            threading.Thread(target=serve, daemon=True).start()
            with pytest.raises(WebhookError, match=said):
                send(f"http://{NAME}:{server.getsockname()[1]}/")


def test_an_unknown_name_is_said(socket_enabled):
    assert socket_enabled is None

    def unknown(_host, _port):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(WebhookError, match=r"gone\.example was not found: Name or service"):
        WebhookSender(LAX, SystemClock(), unknown).send("https://gone.example/", [SECRET], MESSAGE)


def test_an_address_that_the_admin_no_longer_allows_is_not_used():
    with pytest.raises(WebhookError, match="begin with https"):
        WebhookSender(Rules(), SystemClock()).send("http://example.com/", [SECRET], MESSAGE)
