"""A message by Apprise: the process that uses it, and what that may not do."""

import gzip
import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from qlines.messengers import apprise, apprise_child
from qlines.messengers.apprise_process import Apprise
from qlines.messengers.result import ok
from qlines.webhook.url import Rules

# The process of apprise_child.py, for which loopback is an address of the Internet.
TO_LOOPBACK = (
    sys.executable,
    "-c",
    """from qlines.messengers import apprise_child
apprise_child.refusal_of_address = lambda *_, **__: ""
apprise_child.main()""",
)


class FakeApprise:
    def __init__(self, reason=""):
        self.reason = reason
        self.sent = []

    def send(self, *given):
        self.sent.append(given)
        return self.reason


@contextmanager
def receiver(status=200, packed=b""):
    """Serve loopback, and yield the port and the bodies that were posted there."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, bodies
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def loopback(socket_enabled):
    assert socket_enabled is None
    return receiver


def test_a_message_has_the_link_and_the_type_that_apprise_has_for_its_severity(means, message):
    fake = FakeApprise()

    result = apprise.send({"url": "json://a"}, message, means._replace(apprise=fake))

    text = f"{message.text}\n\nhttps://devices.example.com{message.path}"
    assert fake.sent == [("json://a", message.title, text, "failure")]
    assert result == ok("Apprise has delivered it")


def test_one_that_failed_is_not_sent_again(means, message):
    means = means._replace(apprise=FakeApprise("it may have arrived"))

    assert apprise.send({"url": "json://a"}, message, means).kind == "refused"


def test_where_the_admin_has_switched_it_off_nothing_is_sent(means, message):
    result = apprise.send({"url": "json://a"}, message, means)

    assert (result.kind, "QLINES_APPRISE" in result.sentence) == ("refused", True)


@pytest.mark.parametrize(
    ("kind", "severity", "expected"),
    [
        ("alarm.raised", "minor", "warning"),
        ("alarm.cleared", "critical", "success"),
        ("test", "", "info"),
    ],
)
def test_the_end_of_an_alarm_is_good_news(message, kind, severity, expected):
    assert apprise.kind_of(message._replace(type=kind, severity=severity)) == expected


def test_a_message_reaches_its_receiver_once(loopback):
    with loopback() as (port, bodies):
        reason = Apprise(Rules(), TO_LOOPBACK).send(
            f"json://127.0.0.1:{port}/?retry=3", "pump 7", "93 is above 80", "failure"
        )

    assert reason == ""
    assert [(one["title"], one["message"], one["type"]) for one in bodies] == [
        ("pump 7", "93 is above 80", "failure")
    ]


def test_a_receiver_that_refuses_is_asked_once_and_its_reason_shows_no_secret(loopback):
    with loopback(503) as (port, bodies):
        reason = Apprise(Rules(), TO_LOOPBACK).send(
            f"json://alice:sesame@127.0.0.1:{port}/open?retry=3", "t", "b", "info"
        )

    assert len(bodies) == 1
    assert reason.startswith("Apprise did not deliver it; it may have arrived anyway")
    assert "503" in reason
    assert not {"alice", "sesame", "open"} & set(reason.replace("/", " ").split())


def test_an_answer_that_would_fill_the_memory_is_not_taken(loopback):
    with loopback(packed=gzip.compress(bytes(10_000_000)) * 40) as (port, bodies):
        reason = Apprise(Rules(), TO_LOOPBACK).send(f"json://127.0.0.1:{port}/", "t", "b", "info")

    assert len(bodies) == 1
    assert reason.startswith("Apprise did not deliver it; it may have arrived anyway")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("json://localhost:5000/x", "may not connect to a loopback address"),
        ("fcm://p/x/?keyfile=SECRET", "may not use files of this machine"),
    ],
)
def test_it_reaches_nothing_of_the_appliance(tmp_path, url, said):
    secret = tmp_path / "secret_key"
    secret.write_text("sesame")

    assert said in Apprise(Rules()).send(url.replace("SECRET", str(secret)), "t", "b", "info")


def test_an_address_is_checked_before_anything_is_sent():
    said = {
        "json://127.0.0.1/x": "",  # it is looked up and refused when it is used
        "nothing://bar/sesame": "does not understand this address: write it as",
        "discord://sesame": "does not understand this address: write it as",
        "mailto://alice:sesame@example.com": "not reached by HTTP",
        "syslog://": "not reached by HTTP",
        "mqtt://localhost": "not reached by HTTP",
    }
    # In one process: it takes a second until everything is loaded.
    script = """import orjson, sys
from qlines.messengers.apprise_child import Guard, answer
urls = orjson.loads(sys.stdin.buffer.read())["url"].split()
reasons = [answer({"url": url}, Guard(allows_private=False)) for url in urls]
print(orjson.dumps({"reason": chr(10).join(reasons)}).decode())"""

    reasons = Apprise(Rules(), (sys.executable, "-c", script)).check(" ".join(said)).split("\n")

    assert [part in reason for part, reason in zip(said.values(), reasons, strict=True)] == [
        True
    ] * len(said)
    assert reasons[0] == ""
    assert "sesame" not in str(reasons)


def test_one_that_takes_too_long_is_ended():
    reason = Apprise(Rules(), seconds=0.01).send("json://a", "t", "b", "info")

    assert reason.startswith("Apprise did not end within 0.01 seconds: it may have arrived")


def test_one_that_breaks_is_said_to_have_failed():
    reason = Apprise(Rules(), (sys.executable, "-c", "1 / 0")).check("json://a")

    assert reason == "Apprise has failed and gives no reason: try again"


def test_the_process_has_none_of_our_settings(monkeypatch):
    monkeypatch.setenv("QLINES_SECRET_KEY", "sesame")
    shows = "import os, json; print(json.dumps({'reason': ' '.join(os.environ.values())}))"

    assert "sesame" not in Apprise(Rules(), (sys.executable, "-c", shows)).check("json://a")


@pytest.mark.parametrize(
    ("address", "allows_private", "is_allowed"),
    [
        (("93.184.216.34", 443), False, True),
        (("192.168.1.5", 80), False, False),
        (("192.168.1.5", 80), True, True),
        (("127.0.0.1", 6379), True, False),
        (("::1", 6379, 0, 0), True, False),
        (("localhost", 80), True, False),
        ("/run/redis.sock", True, False),
        (b"/dev/log", True, False),
    ],
)
def test_a_connection_goes_where_a_webhook_may_go(address, allows_private, is_allowed):
    refusal = apprise_child.refusal_of_address(address, allows_private=allows_private)

    assert (refusal == "") == is_allowed


@pytest.mark.parametrize(
    ("path", "flags", "is_allowed"),
    [
        (apprise_child.__file__.replace("apprise_child", "../../../../data/secrets/x"), 0, False),
        (json.__file__, 0, True),
        (json.__file__, 1, False),
        ("/etc/ssl/certs/ca-certificates.crt", 0, True),
        ("/etc/qlines/telegram_bot_token", 0, False),
        ("/usr/../data/secrets/secret_key", 0, False),
        ("/proc/self/environ", 0, False),
        (3, 0, True),
    ],
)
def test_a_file_is_pythons_or_the_systems_and_only_read(path, flags, is_allowed):
    assert (apprise_child.refusal_of_file(path, flags) == "") == is_allowed


@pytest.mark.parametrize("event", ["subprocess.Popen", "os.system", "os.posix_spawn"])
def test_no_other_program_is_started(event):
    guard = apprise_child.Guard(allows_private=True)

    with pytest.raises(apprise_child.RefusedError, match="no other program"):
        guard.check(event, ("sh",))


def test_every_part_of_an_address_is_taken_for_a_secret():
    parts = set(apprise_child.parts_of("slack://bot@T1JJ3T3L2/A1B%20C/?token=sesame#x"))

    assert {"bot", "T1JJ3T3L2", "A1B%20C", "A1B C", "sesame"} <= parts
