"""Two whole VMs that are twins, a witness, and the people and devices that use them all the time.

Each file is the story of one fault or of one goal, under load: 500 messages a second at QoS 1, each
acknowledgement counted, and browsers and scripts that never stop to ask. Whoever connects is led to
the first VM whose proxy accepts, as by a name with two addresses. Each leaves the twins whole.
"""

import itertools
from contextlib import contextmanager

import pytest

from tests.harness.blog import PASSWORD
from tests.harness.deadline import DeadlineError, assert_none_lost, eventually
from tests.harness.load_generator import Load
from tests.harness.mqtt_device import MqttDevice
from tests.harness.relay import Relay
from tests.harness.twin_vms import TwinVms
from tests.harness.visitors import Visitors

MESSAGES_PER_SECOND = 500
DEVICES = 20
OWNER = "owner@example.com"
NUMBERS = 1_000_000


@pytest.fixture(scope="session")
def twins(image, proxy_image, blog_image, tmp_path_factory):
    assert image
    assert proxy_image
    assert blog_image
    folder = tmp_path_factory.mktemp("twins")
    secrets_folder = folder / "secrets"
    for part in ("app", "proxy", "blog"):
        (secrets_folder / part).mkdir(parents=True)
    (secrets_folder / "blog" / "password").write_text(PASSWORD)
    twins = TwinVms(folder / "machines", secrets_folder)
    try:
        twins.pair()
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="session")
def owner(twins):
    """Return the key of the owner of all devices."""
    cli = twins.a.cli
    cli("user", "add", OWNER, "--password-stdin", text="a long password\n")
    return cli("api-key", "add", OWNER)["key"]


@pytest.fixture(scope="session")
def tokens(twins, owner):
    """Return the tokens of the devices."""
    assert owner
    add = ("device", "add", "--owner", OWNER)
    return [twins.a.cli(*add, f"pump {number}")["token"] for number in range(DEVICES)]


class Traffic:
    """What goes on during a story, and what became of it; numbers are those of the messages."""

    def __init__(self, visitors, mqtts_port, token):
        self.visitors = visitors
        self._mqtts_port, self._token = mqtts_port, token

    def wait_served(self, seconds, why="visitors are served"):
        """Wait until visitors get twenty more answers."""
        enough = self.visitors.answered + 20
        try:
            eventually(lambda: self.visitors.answered > enough, seconds, why)
        except DeadlineError as error:
            last = "\n".join(str(failure) for failure in self.failures[-5:])
            raise DeadlineError(f"{error}; the last failures:\n{last}") from None

    def is_acknowledged(self):
        """Return whether a device that connects now gets a message acknowledged."""
        try:
            with MqttDevice(None, self._token, tls_port=self._mqtts_port) as device:
                return device.is_connected and device.publish({"probe": 1})
        except (OSError, DeadlineError):
            return False

    @property
    def failures(self):
        """Return what visitors did not get."""
        return self.visitors.failures


@pytest.fixture(scope="session")
def ranges():
    """Return the beginnings of ranges of numbers, each for one sender."""
    return itertools.count(0, NUMBERS)


@pytest.fixture
def traffic(twins, owner, tokens, ranges, tmp_path):
    """Return a context manager: load while a story happens, then nothing may be missing."""

    @contextmanager
    def under_load(*, first=None):
        vms = sorted(twins.both, key=lambda vm: vm is not (first or twins.a))
        numbers = {name: next(ranges) for name in ("mqtt", "http")}
        https = Relay(*(("127.0.0.1", vm.https) for vm in vms))
        mqtt = Relay(*(("127.0.0.1", vm.plain_mqtt) for vm in vms))
        mqtts = Relay(*(("127.0.0.1", vm.mqtts) for vm in vms))
        with https, mqtt, mqtts:
            load = Load(
                mqtt.port, tokens, tmp_path, "--rate", str(MESSAGES_PER_SECOND), "--reconnect",
                "--seconds", "600", "--first-seq", str(numbers["mqtt"]), name=str(numbers["mqtt"]),
            )  # fmt: skip
            visitors = Visitors(https.port, owner, tokens[0], first=numbers["http"])
            try:
                with visitors:
                    yield Traffic(visitors, mqtts.port, tokens[1])
                load.interrupt()
            finally:
                load.stop()
        acknowledged = load.acknowledged()
        assert len(acknowledged) > MESSAGES_PER_SECOND
        for vm in twins.both:
            assert_none_lost(acknowledged, lambda vm=vm: vm.stored(numbers["mqtt"]))
            assert_none_lost(visitors.acknowledged, lambda vm=vm: vm.stored(numbers["http"]))

    return under_load
