import time
from types import SimpleNamespace
from typing import Any

import pytest

from qlines.cli.simulate import publisher as module
from qlines.cli.simulate.publisher import BrokerUnreachableError, Publisher


class FakeClient:
    """A paho client whose broker is the test."""

    def __init__(self, _version: Any) -> None:
        self.published: list[tuple[str, str, int]] = []
        self.subscribed: list[tuple[str, int]] = []
        self.on_connect: Any = None
        self.on_message: Any = None
        self.on_publish: Any = None

    def username_pw_set(self, token: str) -> None:
        self.token = token

    def max_inflight_messages_set(self, count: int) -> None:
        assert count == module.MAX_UNACKNOWLEDGED

    def connect(self, host: str, port: int, keepalive: int) -> None:
        raise ConnectionRefusedError("refused")

    def subscribe(self, topic: str, qos: int) -> None:
        self.subscribed.append((topic, qos))

    def publish(self, topic: str, payload: str, qos: int) -> Any:
        self.published.append((topic, payload, qos))
        return SimpleNamespace(mid=len(self.published))

    def command(self, topic: str, payload: bytes) -> None:
        """Let the broker send a command."""
        self.on_message(self, None, SimpleNamespace(topic=topic, payload=payload))

    def acknowledge(self, message_id: int) -> None:
        """Let the broker send a PUBACK."""
        self.on_publish(self, None, message_id, 0, None)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[FakeClient]:
    made: list[FakeClient] = []

    def make(version: Any) -> FakeClient:
        made.append(FakeClient(version))
        return made[-1]

    monkeypatch.setattr("paho.mqtt.client.Client", make)
    return made


def two_devices() -> Publisher:
    return Publisher(
        "localhost", 1883, {0: "one", 1: "two"}, lambda index, payload: f"{index} {payload!r}"
    )


def test_each_device_listens_for_commands_again_after_each_connect(
    clients: list[FakeClient],
) -> None:
    two_devices()

    for _ in range(2):
        clients[1].on_connect(clients[1], None, None, 0, None)

    assert clients[1].subscribed == [("v1/devices/me/rpc/request/+", 1)] * 2


def test_a_device_answers_a_command_under_its_number(clients: list[FakeClient]) -> None:
    publisher = two_devices()

    clients[1].command("v1/devices/me/rpc/request/42", b"{}")

    assert clients[1].published == [("v1/devices/me/rpc/response/42", "1 b'{}'", 1)]
    assert clients[0].published == []
    assert publisher.answered == 1


def test_answers_are_not_counted_as_messages(clients: list[FakeClient]) -> None:
    publisher = two_devices()
    publisher.publish(0, '{"a":1}')
    clients[0].command("v1/devices/me/rpc/request/1", b"{}")

    clients[0].acknowledge(2)
    assert (publisher.sent, publisher.acknowledged) == (1, 0)

    clients[0].acknowledge(1)
    assert (publisher.sent, publisher.acknowledged) == (1, 1)


def test_a_message_is_acknowledged_although_another_device_answered_under_its_id(
    clients: list[FakeClient],
) -> None:
    publisher = two_devices()
    publisher.publish(0, '{"a":1}')
    clients[1].command("v1/devices/me/rpc/request/1", b"{}")

    clients[0].acknowledge(1)

    assert publisher.acknowledged == 1


def test_messages_and_answers_share_the_budget_of_a_device(
    clients: list[FakeClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_UNACKNOWLEDGED", 2)
    publisher = two_devices()
    publisher.publish(0, '{"a":1}')
    clients[0].command("v1/devices/me/rpc/request/1", b"{}")

    publisher.publish(0, '{"a":2}')
    clients[0].command("v1/devices/me/rpc/request/2", b"{}")
    assert (publisher.sent, publisher.answered, publisher.held_back) == (1, 1, 2)

    clients[0].acknowledge(2)
    publisher.publish(0, '{"a":3}')
    assert (publisher.sent, publisher.held_back) == (2, 2)


def test_a_broker_that_refuses_is_named(clients: list[FakeClient]) -> None:
    with pytest.raises(BrokerUnreachableError, match="localhost:1883 cannot be reached: refused"):
        two_devices().connect()
    assert [client.token for client in clients] == ["one", "two"]


def test_it_serves_until_the_time_is_over(clients: list[FakeClient]) -> None:
    publisher = Publisher("localhost", 1883, {}, lambda _index, _payload: "")
    until = time.monotonic() + 0.02

    publisher.serve(until)

    assert time.monotonic() >= until
    assert clients == []
