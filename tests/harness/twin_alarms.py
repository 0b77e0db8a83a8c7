"""An owner of twins with rules, devices that cross their limits, and a program that is called.

What the owner has heard is compared at the end with what the devices did.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from qlines.boot import BOOTS
from tests.harness.appliance import Appliance
from tests.harness.crossings import COLD, Crossers
from tests.harness.deadline import DeadlineError, eventually
from tests.harness.load_generator import Load
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Device, Person
from tests.harness.stand_in_proxy import StandInProxy
from tests.harness.told_alarms import Outcome, Stored, outcome, stored
from tests.harness.twins import Twins
from tests.harness.webhook_receiver import Answer, Received, WebhookReceiver

KINDS = ("drain", "kill") * 10
DEVICES = 10
SENDERS, PER_SECOND = 20, 100  # beside them
SILENT_SECONDS = 120  # longer than a device needs to find the side that is left
RECEIVER_SECONDS = 2.0  # at most: so a VM is lost while it sends, now and then
TAG = "crosses"
OVER_80 = {"kind": "above", "key": "temperature", "limit": 80, "clear": 75}
SILENT = {"kind": "no_data", "seconds": SILENT_SECONDS}


class TwinAlarms:
    """All of it; the devices send from `with` until stop(), and end() says how it went.

    The owner is at side a. The devices are led to the side that is ready.
    """

    def __init__(self, twins: Twins, owner: Person) -> None:
        self._twins, self._owner = twins, owner
        self.receiver = WebhookReceiver.beside(twins.a.name)
        self.receiver.answer = _slowly
        self.channel = self._added("/api/channels", name="called", type="webhook",
                                   settings={"url": self.receiver.url("/alarms")})  # fmt: skip
        self.devices = [self._device(f"crosser {number}") for number in range(DEVICES)]
        self.rules = [self._rule("hot", OVER_80), self._rule("hot for 3 s", OVER_80, for_seconds=3)]
        self.silent_rule = self._rule("silent", SILENT)
        self.stopped: list[Device] = []
        self._is_stopped = False
        self._proxy = StandInProxy([twins.a, twins.b])

    def stop_one(self) -> None:
        """Let one more device send once, and never again before the end."""
        self.stopped.append(self._device("stopped"))
        self._send_of_stopped("a")

    def __enter__(self) -> Self:
        path = f"/api/alarm-rules/{self.silent_rule}"
        eventually(lambda: self._owner.api.document(path)["evaluated_at"], 30, "they are evaluated")
        self._proxy.open()
        self.crossers = Crossers(self.devices, self._proxy.port)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let the devices become cold once more, and stop."""
        if not self._is_stopped:
            self._is_stopped = True
            self.crossers.stop()
            self._proxy.close()

    @property
    def port(self) -> int:
        """Return the port that leads to the side that is ready."""
        return self._proxy.port

    def at(self, side: str) -> Stored:
        """Return what the MongoDB of a side has."""
        return stored(self._twins.sides[side], self.channel)

    def find_stopped(self, side: str) -> None:
        """Wait until side *side* has found who has stopped, and let that one send once more.

        The others still send: nobody is to say of them that they are silent.
        """
        for device in self.stopped:  # of which nobody was sure while VMs were lost
            eventually(lambda: self._is_silent(side, device), 200, "who has stopped is found")  # noqa: B023 - waited for at once
        self._send_of_stopped(side)

    def end(self, side: str) -> Outcome:
        """Return how it went, once everything is over; side *side* is asked."""
        try:
            eventually(lambda: not self.at(side).left, 100, "every alarm and message has ended")
        except DeadlineError as error:
            raise DeadlineError(f"{error}; left: {self.at(side).left}") from None
        self.receiver.close()
        return outcome(self.at(side), self.receiver.requests, self.expected)

    @property
    def expected(self) -> Mapping[tuple[str, str], int]:
        """Return how many alarms there are to be, by rule and device."""
        raised = self.crossers.raised
        crossed = {(rule, device): raised[device] for rule in self.rules for device in raised}
        return crossed | {(self.silent_rule, device.id): 1 for device in self.stopped}

    def _is_silent(self, side: str, device: Device) -> bool:
        alarms = self.at(side).alarms
        return any(one["device"] == device.id and one["active"] for one in alarms)

    def _send_of_stopped(self, side: str) -> None:
        for device in self.stopped:
            with MqttDevice(self._twins.sides[side], device.token) as connection:
                assert connection.publish({"temperature": COLD})

    def _device(self, name: str) -> Device:
        return self._owner.new_device(name, tags=[TAG])

    def _rule(self, name: str, condition: Mapping[str, Any], *, for_seconds: int = 0) -> str:
        level = {"severity": "major", "for_seconds": for_seconds, "conditions": [condition]}
        return self._added("/api/alarm-rules", name=name, channels=[self.channel], levels=[level],
                           scope={"type": "tag", "value": TAG})  # fmt: skip

    def _added(self, path: str, **body: Any) -> str:
        answer = self._owner.api.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


class Changes:
    """Changes which side is active, from a on; says how long the next alarm took each time."""

    def __init__(self, twins: Twins, alarms: TwinAlarms) -> None:
        self._twins, self._alarms = twins, alarms
        self.active = "a"
        self._made: list[tuple[str, float, int]] = []

    def make(self, kind: str) -> None:
        """Make one of a *kind*, and wait until the twins are whole again.

        By "drain" the active side hands over in order, by "kill" it is lost with all that it was
        doing, and comes back as the standby.
        """
        gone = self._twins.sides[self.active]
        if kind == "kill":
            eventually(lambda: _has_lasted(gone), 150, "its last start has lasted for a minute")
        self._made.append((kind, time.time(), self._alarms.at(self.active).fence))
        self.active = "b" if self.active == "a" else "a"
        if kind == "drain":
            gone.exec("qlines", "drain")
            self._twins.wait_active(self.active)
            gone.exec("qlines", "resume")
        else:
            gone.kill()
            self._twins.wait_active(self.active)
            gone.start_again()
        gone.wait_ready()
        self._twins.wait_whole(self.active)

    def seconds(self, there: Stored) -> dict[str, list[float]]:
        """Return by kind the seconds from each change until the first alarm after it."""
        found: dict[str, list[float]] = {}
        for kind, at, fence in self._made:
            found.setdefault(kind, []).append(there.first_after(at, fence))
        return found


def _has_lasted(appliance: Appliance) -> bool:
    """Return whether its last start counts no more: five that were killed end in safe mode."""
    return not appliance.exec("sh", "-c", f"cat /data/{BOOTS} || true")


@contextmanager
def beside(port: int, tokens: Sequence[str], folder: Path) -> Iterator[None]:
    """Let others send beside them."""
    options = ("--rate", str(PER_SECOND), "--reconnect", "--seconds", "3600")
    load = Load(port, tokens, folder, *options)
    try:
        yield
    finally:
        load.stop()


def _slowly(_: Received) -> Answer:
    time.sleep(random.uniform(0, RECEIVER_SECONDS))
    return 200, {}, b"{}"
