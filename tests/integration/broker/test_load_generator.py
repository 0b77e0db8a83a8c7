"""The load generator counts correctly, measured against a mosquitto without the plugin."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import paho.mqtt.publish as paho_publish
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.harness.deadline import PATIENCE, eventually
from tests.harness.load_generator import Load, compiled
from tests.integration.broker.broker import Broker

PLAIN = """listener 1883 0.0.0.0
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 1000
max_queued_messages 0
log_type error
"""


class PlainBroker(Broker):
    """mosquitto without the plugin."""

    def wait_for_heartbeat(self) -> None:
        """Wait until a client can connect."""

        def connects() -> bool:
            client = paho.Client(CallbackAPIVersion.VERSION2)
            client.connect("127.0.0.1", self.mqtt_port)
            client.loop_start()
            connected = eventually(client.is_connected, 2, "a CONNACK comes")
            client.disconnect()
            client.loop_stop()
            return connected

        eventually(connects, 30, "the plain broker answers")

    def publish(self, topic: str, payload: str, qos: int) -> None:
        """Publish one message as another client."""
        paho_publish.single(topic, payload, qos, hostname="127.0.0.1", port=self.mqtt_port)

    def has_connections(self, count: int) -> bool:
        """Return whether at least *count* clients are connected."""
        table = self.exec("cat", "/proc/net/tcp")
        return sum(":075B" in line and " 01 " in line for line in table.splitlines()) >= count


@pytest.fixture
def plain(broker_image: str, tmp_path: Path) -> Iterator[PlainBroker]:
    """Return a running plain mosquitto."""
    configuration = tmp_path / "plain.conf"
    configuration.write_text(PLAIN)
    configuration.chmod(0o644)
    broker = PlainBroker(broker_image, tmp_path, configuration)
    broker.start()
    yield broker
    broker.remove()


@pytest.fixture
def received(plain: PlainBroker) -> Iterator[list[dict[str, float]]]:
    """Return what a subscriber to `#` has received so far."""
    messages: list[dict[str, float]] = []
    ready: list[object] = []
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: messages.append(json.loads(message.payload))
    client.on_subscribe = lambda *_arguments: ready.append(True)
    client.connect("127.0.0.1", plain.mqtt_port)
    client.subscribe("#", 1)
    client.loop_start()
    eventually(lambda: ready, 10, "the subscriber is ready")
    yield messages
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("qos", ["0", "1"])
@pytest.mark.parametrize("pace", [("--inflight", "5"), ("--rate", "2000")], ids=["fast", "rate"])
def test_every_number_arrives_once(plain, received, tmp_path, qos, pace):
    load = Load(
        plain.mqtt_port, ["a", "b", "c"], tmp_path,
        "--messages", "3000", "--first-seq", "500", "--qos", qos, *pace,
    )  # fmt: skip

    counts = load.wait()

    numbers = set(range(500, 3500))
    assert counts["sent"] == 3000
    assert counts["acknowledged"] == (3000 if qos == "1" else 0)
    assert load.acknowledged() == (numbers if qos == "1" else set())
    eventually(lambda: len(received) == 3000, 20, "the subscriber receives all")
    assert {message["seq"] for message in received} == numbers


@pytest.mark.parametrize(("points", "keys"), [("1", 1), ("3", 3), ("10", 10)])
def test_a_message_has_the_requested_number_of_values(plain, received, tmp_path, points, keys):
    Load(plain.mqtt_port, ["a"], tmp_path, "--messages", "100", "--points", points).wait()

    eventually(lambda: len(received) == 100, 10, "the subscriber receives all")
    assert {len(message) for message in received} == {keys}
    assert all(isinstance(value, int | float) for message in received for value in message.values())


def test_it_sends_at_the_requested_rate(plain, tmp_path):
    counts = Load(plain.mqtt_port, ["a", "b"], tmp_path, "--rate", "500", "--seconds", "4").wait()

    # A busy machine may send less, but nothing makes it send more.
    assert 250 / PATIENCE < counts["rate"] < 525
    assert (
        0 < counts["puback_ms"]["p50"] <= counts["puback_ms"]["p95"] <= counts["puback_ms"]["p99"]
    )


def test_obeying_devices_answer_each_command_and_note_it(plain, received, tmp_path):
    file = tmp_path / "calls"
    load = Load(plain.mqtt_port, ["a", "b"], tmp_path, "--seconds", "60", "--obey", str(file))
    eventually(file.exists, 10, "both listen")

    for number, qos in ((7, 0), (2**31 - 1, 1)):
        plain.publish(f"v1/devices/me/rpc/request/{number}", f'{{"params":{qos}}}', qos)
    eventually(lambda: received.count({"done": True}) == 4, 20, "both answer both")

    counts = load.interrupt()
    assert counts["sent"] == counts["acknowledged"] == 4
    assert sorted(file.read_text().splitlines()) == [
        '0\t2147483647\t{"params":1}',
        '0\t7\t{"params":0}',
        '1\t2147483647\t{"params":1}',
        '1\t7\t{"params":0}',
    ]


def test_it_sends_again_what_was_not_acknowledged(plain, tmp_path):
    load = Load(
        plain.mqtt_port, ["a", "b"], tmp_path, "--rate", "1000", "--seconds", "4", "--reconnect"
    )
    eventually(lambda: plain.has_connections(2), 10, "it is connected")
    plain.kill()
    plain.restart()

    counts = load.wait()

    assert counts["acknowledged"] == counts["sent"] == len(load.acknowledged())
    assert counts["reconnects"] >= 2


def test_it_fails_when_the_port_is_closed(tmp_path):
    result = subprocess.run(
        [compiled(), "--port", "1", "--token-pattern", "T%zu", "--messages", "1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 1
    assert "no connection with token 'T0': Connection refused" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["--rate", "-1"], ["--qos", "2"], ["--points", "many"], ["--connections", "0"]]
)
def test_it_refuses_an_invalid_option(arguments):
    result = subprocess.run([compiled(), *arguments], capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert f"{arguments[0]} must be a whole number from " in result.stderr
    assert f"got '{arguments[1]}'" in result.stderr


def test_it_refuses_a_rate_of_answers(tmp_path):
    options = ["--token-pattern", "T%zu", "--seconds", "1", "--obey", str(tmp_path / "calls")]
    result = subprocess.run(
        [compiled(), *options, "--rate", "5"], capture_output=True, text=True, check=False
    )

    assert result.returncode == 1
    assert "leave --rate out" in result.stderr
