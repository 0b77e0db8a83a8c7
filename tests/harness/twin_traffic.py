"""Devices and visitors that use two twins all the time, while something happens to them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.harness.deadline import DeadlineError, assert_none_lost, eventually
from tests.harness.load_generator import Load
from tests.harness.mqtt_device import MqttDevice
from tests.harness.relay import Relay
from tests.harness.twin_vms import TwinVm, TwinVms
from tests.harness.visitors import Failure, Visitors

MESSAGES_PER_SECOND = 500
# Each sender has a range of numbers of its own.
NUMBERS = 1_000_000
PROBE: Mapping[str, int] = MappingProxyType({"probe": 1})
OWNER, PASSWORD = "owner@example.com", "a long password"


def is_acknowledged(mqtts_port: int, token: str, values: Mapping[str, int] = PROBE) -> bool:
    """Return whether a device that connects now, by TLS, gets a message acknowledged."""
    try:
        with MqttDevice(None, token, tls_port=mqtts_port) as device:
            return device.is_connected and device.publish(dict(values))
    except (OSError, DeadlineError):
        return False


class Traffic:
    """What the users get at the moment."""

    def __init__(self, visitors: Visitors, mqtts_port: int, token: str) -> None:
        self.visitors = visitors
        self._mqtts_port, self._token = mqtts_port, token

    @property
    def failures(self) -> list[Failure]:
        """Return what visitors did not get."""
        return self.visitors.failures

    def wait_served(self, seconds: float, why: str = "visitors are served") -> None:
        """Wait until visitors get twenty more answers."""
        enough = self.visitors.answered + 20
        try:
            eventually(lambda: self.visitors.answered > enough, seconds, why)
        except DeadlineError as error:
            last = "\n".join(str(failure) for failure in self.failures[-5:])
            raise DeadlineError(f"{error}; the last failures:\n{last}") from None

    def is_acknowledged(self, values: Mapping[str, int] = PROBE) -> bool:
        """Return whether the first device, if it connects now, gets a message acknowledged."""
        return is_acknowledged(self._mqtts_port, self._token, values)


class TwinUsers:
    """The owner of some devices, on twins that are paired."""

    def __init__(self, twins: TwinVms, folder: Path, devices: int = 20) -> None:
        self._twins, self.folder = twins, folder
        self._firsts = itertools.count(0, NUMBERS)
        cli = twins.a.cli
        cli("user", "add", OWNER, "--password-stdin", text=f"{PASSWORD}\n")
        self.key: str = cli("api-key", "add", OWNER)["key"]
        add = ("device", "add", "--owner", OWNER)
        self.devices: Sequence[dict[str, str]] = [
            cli(*add, f"pump {number}") for number in range(devices)
        ]
        self.tokens = [device["token"] for device in self.devices]

    @contextmanager
    def traffic(self, *, first: TwinVm | None = None, visitors: int = 2) -> Iterator[Traffic]:
        """Yield the traffic of a story; afterwards nothing that was acknowledged may be missing.

        Each connection is led to *first*, by default side a, unless its proxy does not accept.
        """
        vms = sorted(self._twins.both, key=lambda vm: vm is not (first or self._twins.a))
        of_mqtt, of_http = next(self._firsts), next(self._firsts)
        with (
            Relay(*(("127.0.0.1", vm.https) for vm in vms)) as https,
            Relay(*(("127.0.0.1", vm.mqtts) for vm in vms)) as mqtts,
            Relay(*(("127.0.0.1", vm.plain_mqtt) for vm in vms)) as mqtt,
        ):
            load = Load(
                mqtt.port, self.tokens, self.folder,
                "--rate", str(MESSAGES_PER_SECOND), "--reconnect", "--seconds", "600",
                "--first-seq", str(of_mqtt), name=str(of_mqtt),
            )  # fmt: skip
            asking = Visitors(https.port, self.key, self.tokens[0], first=of_http, threads=visitors)
            try:
                with asking:
                    yield Traffic(asking, mqtts.port, self.tokens[0])
                load.interrupt()
            finally:
                load.stop()
        acknowledged = load.acknowledged()
        assert acknowledged
        for vm in self._twins.both:
            assert_none_lost(acknowledged, lambda vm=vm: vm.stored(of_mqtt))  # type: ignore[misc]
            assert_none_lost(asking.acknowledged, lambda vm=vm: vm.stored(of_http))  # type: ignore[misc]
