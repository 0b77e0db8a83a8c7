import io
import socket

import pytest

from appliance.shared.twin import Twin
from qlines.twin.other_side import status

TWIN = Twin("a", "app", {"b": "vm-b:7444"})


class Connection(io.BytesIO):
    """A connection to the other side's health checker, which answers with *text*."""

    def __init__(self, text):
        super().__init__(text)
        self.sent = b""

    def sendall(self, data):
        self.sent += data

    def recv(self, count):
        return self.read(min(count, 20))


@pytest.fixture
def answer(monkeypatch):
    def give(text):
        connection = Connection(text)
        monkeypatch.setattr(socket, "create_connection", lambda *_: connection)
        return connection

    return give


def test_the_other_side_says_its_status_whatever_that_of_http_is(answer):
    text = b'{"status": "draining", "reason": "the operator has drained it"}'
    connection = answer(b"HTTP/1.0 503 Service Unavailable\r\nServer: qlines\r\n\r\n" + text)

    assert status(TWIN) == "draining"
    assert connection.sent == b"GET /health/ready HTTP/1.0\r\n\r\n"


@pytest.mark.parametrize("text", [b"", b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n[]"])
def test_an_answer_that_is_none_counts_as_away(answer, text):
    answer(text)

    assert status(TWIN) == "away"


def test_it_is_away_when_nobody_answers(monkeypatch):
    def refuse(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)

    assert status(TWIN) == "away"
