import pytest

from healthcheck.canary import broker
from healthcheck.probes.connection import ProbeError, ProbeTimeoutError

ACCEPTED = b"\x20\x02\x00\x00"


def puback(packet_id: int) -> bytes:
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


class FakeSocket:
    """A connection whose broker answers with these bytes, or raises what stands among them."""

    def __init__(self, *replies: bytes | OSError) -> None:
        self.replies = list(replies)
        self.written: list[bytes] = []
        self.is_closed = False

    def sendall(self, data: bytes) -> None:
        self.written.append(data)

    def recv(self, size: int) -> bytes:
        reply = self.replies.pop(0) if self.replies else b""
        if isinstance(reply, OSError):
            raise reply
        assert len(reply) <= size
        return reply

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[FakeSocket]:
    """Return the connections that the broker will accept, one after the other."""
    accepted: list[FakeSocket] = []
    monkeypatch.setattr("socket.create_connection", lambda *_: accepted.pop(0))
    return accepted


def session() -> broker.Session:
    return broker.Session(1883, "secret")


def test_the_packets_are_those_of_mqtt_3_1_1() -> None:
    assert broker.connect_packet("secret") == (
        b"\x10\x1a\x00\x04MQTT\x04\x82\x00\x3c\x00\x06canary\x00\x06secret"
    )
    assert broker.publish_packet(258, b"{}") == (
        b"\x32\x1d\x00\x17v1/devices/me/telemetry\x01\x02{}"
    )


def test_a_message_is_sent_when_it_is_acknowledged_and_the_session_is_kept(
    connections: list[FakeSocket],
) -> None:
    connection = FakeSocket(ACCEPTED, puback(1), puback(2))
    connections.append(connection)
    sender = session()

    sender.publish(b"1", 1.0)
    sender.publish(b"2", 1.0)

    assert connection.written == [
        broker.connect_packet("secret"),
        broker.publish_packet(1, b"1"),
        broker.publish_packet(2, b"2"),
    ]
    assert not connection.is_closed


def test_a_session_that_the_broker_has_closed_is_opened_again(
    connections: list[FakeSocket],
) -> None:
    before, after = FakeSocket(ACCEPTED, puback(1)), FakeSocket(ACCEPTED, puback(3))
    connections += [before, after]
    sender = session()
    sender.publish(b"1", 1.0)

    sender.publish(b"2", 1.0)

    assert before.is_closed
    assert after.written[-1] == broker.publish_packet(3, b"2")


def test_a_broker_that_hangs_fails_the_message_without_a_second_wait(
    connections: list[FakeSocket],
) -> None:
    connection = FakeSocket(ACCEPTED, puback(1), TimeoutError())
    connections.append(connection)
    sender = session()
    sender.publish(b"1", 1.0)

    with pytest.raises(ProbeTimeoutError, match="does not answer on port 1883"):
        sender.publish(b"2", 1.0)

    assert connection.is_closed


@pytest.mark.parametrize(
    ("replies", "sentence"),
    [
        ([b"\x20\x02\x00\x05"], "does not know the canary's token"),
        ([b"\x20\x02\x00\x03"], "has no registry file"),
        ([b"\x20\x02\x00\x02"], "refuses CONNECT with code 2"),
        ([b"HTTP"], "answers CONNECT without a CONNACK"),
        ([b""], "closes the connection instead of answering"),
        ([ACCEPTED, puback(9)], "answers PUBLISH with something else than its PUBACK"),
        ([ACCEPTED, b""], "closes the connection instead of answering"),
    ],
)
def test_every_other_answer_says_what_is_wrong(
    connections: list[FakeSocket], replies: list[bytes], sentence: str
) -> None:
    connection = FakeSocket(*replies)
    connections.append(connection)

    with pytest.raises(ProbeError, match=sentence):
        session().publish(b"1", 1.0)

    assert connection.is_closed


def test_the_number_of_a_packet_starts_again_after_the_largest(
    connections: list[FakeSocket],
) -> None:
    acknowledged = [puback(number) for number in (*range(1, 0x10000), 1)]
    connection = FakeSocket(ACCEPTED, *acknowledged)
    connections.append(connection)
    sender = session()

    for _ in acknowledged:
        sender.publish(b"x", 1.0)

    assert connection.written[-1] == broker.publish_packet(1, b"x")
