"""The control client of a test, and what the broker has said to it."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

from qlines.downlink import wire
from qlines.downlink.control_client import ControlClient
from tests.harness.deadline import PATIENCE, eventually
from tests.integration.broker.broker import Broker
from tests.integration.broker.raw_mqtt import RawDevice

SECRET = "a secret of the tests"


def write_secret(broker: Broker, secret: str = SECRET) -> None:
    """Write the secret where the plugin and the client read it."""
    (broker.run_dir / wire.SECRET_FILE).write_text(f"{secret}\n")


class Control:
    """A control client that keeps every event and what became of each order.

    *folder* has the socket and the secret, by default those of the broker.
    """

    def __init__(self, broker: Broker, folder: Path | None = None) -> None:
        write_secret(broker)
        self.events: list[wire.Event] = []
        self.results: dict[int, list[wire.Result]] = {}
        # The path of a socket may have 107 bytes, which a test's folder may exceed.
        self._folder = os.open(folder or broker.run_dir, os.O_DIRECTORY)
        self.client = ControlClient(Path(f"/proc/self/fd/{self._folder}"), self._keep)
        self._next_tag = 0

    def close(self) -> None:
        """End the connection."""
        self.client.close()
        os.close(self._folder)

    def synced(self) -> "Control":
        """Return once the broker has said all its sessions."""
        self.eventually(lambda: wire.Synced() in self.events, "all sessions are said")
        return self

    def eventually(self, condition: Callable[[], object], why: str) -> None:
        """Handle events until a condition is true."""

        def is_true() -> object:
            self.client.run_once(0.02)
            return condition()

        eventually(is_true, 20, why, pause_seconds=0)

    def send(self, client_id: str, topic: str, payload: bytes, **more: object) -> int:
        """Give an order and return its tag."""
        self._next_tag += 1
        order = wire.Order(self._next_tag, client_id, topic, payload, **more)  # type: ignore[arg-type]
        self.client.send(order)
        return self._next_tag

    def assert_result(self, tag: int, result: wire.Result) -> None:
        """Wait for a result of an order; fail without it."""
        self.eventually(
            lambda: result in self.results.get(tag, []),
            f"order {tag} is {result.name.lower()}",
        )

    def sessions(self) -> dict[str, dict[str, int]]:
        """Return the filters of each client that is connected now, by what was said."""
        sessions: dict[str, dict[str, int]] = {}
        for event in self.events:
            if isinstance(event, wire.Hello):
                sessions = {}
            elif isinstance(event, wire.Session):
                sessions[event.client_id] = event.filters
            elif isinstance(event, wire.Ended):
                sessions.pop(event.client_id, None)
        return sessions

    def _keep(self, event: wire.Event) -> None:
        self.events.append(event)
        if isinstance(event, wire.Results):
            for tag, result in event.results:
                self.results.setdefault(tag, []).append(result)


class SilentControl(RawDevice):
    """A control client that reads only when the test does; use it as a context manager."""

    def __init__(self, broker: Broker) -> None:
        write_secret(broker)
        self.version = 4
        self._buffer = b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10 * PATIENCE)
        folder = os.open(broker.run_dir, os.O_DIRECTORY)  # as above
        self._socket.connect(f"/proc/self/fd/{folder}/{wire.SOCKET}")
        os.close(folder)
        assert self.connect(wire.USER, password=SECRET) == 0

    def order(self, tag: int, client_id: str) -> None:
        """Have the broker send a message to a client."""
        order = wire.Order(tag, client_id, "topic", b"")
        self.publish(wire.encode_order(order), wire.TOPIC, qos=0)

    def next_event(self) -> tuple[int, wire.Event]:
        """Return the next event and its number."""
        return wire.decode_event(self.take_message()[1])

    def results(self, count: int) -> list[wire.Results]:
        """Return the next events that have results, until they have so many."""
        events: list[wire.Results] = []
        while sum(len(event.results) for event in events) < count:
            event = self.next_event()[1]
            events += [event] if isinstance(event, wire.Results) else []
        return events
