import socket
import struct

import bson
import pytest

from qlines.clients.mongodb_command import CommandFailedError, Member
from qlines.errors import StoreUnavailableError

OK = {"ok": 1.0, "me": "127.0.1.1:27017"}


def message(document, *, operation=2013):
    """Return an answer as MongoDB sends it."""
    body = struct.pack("<IB", 0, 0) + bson.encode(document)
    return struct.pack("<iiii", 16 + len(body), 7, 1, operation) + body


class Connection:
    """Answers each message with the next of *answers*, a few bytes at a time."""

    def __init__(self, *answers):
        self.requests, self.timeouts, self.is_closed = [], [], False
        self._answers, self._waiting = list(answers), b""

    def settimeout(self, seconds):
        self.timeouts.append(seconds)

    def sendall(self, data):
        length, _, _, operation = struct.unpack_from("<iiii", data)
        assert length == len(data)
        assert operation == 2013
        self.requests.append(bson.decode(data[21:]))
        if self._answers:
            self._waiting += self._answers.pop(0)

    def recv(self, count):
        part, self._waiting = self._waiting[: min(count, 5)], self._waiting[min(count, 5) :]
        return part

    def close(self):
        self.is_closed = True


@pytest.fixture
def mongodb(monkeypatch):
    """Return the connections that the next commands get, in order."""
    waiting = []

    def connect(address, seconds):
        assert (address, seconds) == (("127.0.1.1", 27017), 2.0)
        if not waiting:
            raise ConnectionRefusedError("nobody listens")
        return waiting.pop(0)

    monkeypatch.setattr(socket, "create_connection", connect)
    return waiting


@pytest.fixture
def member():
    return Member("127.0.1.1:27017", 2.0)


def test_a_command_goes_to_the_database_admin_and_its_answer_is_returned(mongodb, member):
    mongodb.append(connection := Connection(message(OK)))

    assert member.command("replSetStepDown", 15, secondaryCatchUpPeriodSecs=10) == OK

    assert connection.requests == [
        {"replSetStepDown": 15, "secondaryCatchUpPeriodSecs": 10, "$db": "admin"}
    ]


def test_commands_share_a_connection_and_each_has_its_own_time(mongodb, member):
    mongodb.append(connection := Connection(message(OK), message(OK)))

    member.command("hello")
    member.command("replSetStepDown", 15, answer_seconds=12.0)

    assert connection.timeouts == [2.0, 12.0]


def test_a_command_that_is_refused_says_why(mongodb, member):
    mongodb.append(Connection(message({"ok": 0.0, "errmsg": "no set yet", "code": 94})))

    with pytest.raises(CommandFailedError, match="no set yet") as refused:
        member.command("replSetGetStatus")

    assert refused.value.code == 94


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"", id="closed"),
        pytest.param(message(OK)[:30], id="closed-in-an-answer"),
        pytest.param(message(OK, operation=1), id="another-operation"),
        pytest.param(struct.pack("<iiii", 2**31 - 1, 7, 1, 2013), id="too-long"),
        pytest.param(message(OK)[:-3] + b"\xff\xff\xff", id="no-bson"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="not-mongodb"),
    ],
)
def test_after_a_broken_connection_the_next_command_makes_a_new_one(mongodb, member, broken):
    mongodb += [first := Connection(broken), Connection(message(OK))]

    with pytest.raises(StoreUnavailableError, match="mongodb does not answer"):
        member.command("hello")

    assert first.is_closed
    assert member.command("hello") == OK


def test_nobody_listens(mongodb, member):
    with pytest.raises(StoreUnavailableError, match="nobody listens"):
        member.command("hello")
