"""The plugin was compiled for another mosquitto: it refuses all connections and logs why."""

import pytest

from tests.integration.broker.broker import CONFIGURATION, Broker
from tests.integration.broker.raw_mqtt import ClosedError, RawDevice

SENTENCE = "Refusing all connections: unknown client struct in this Mosquitto (tested: 2.0.21)"


@pytest.fixture
def other_mosquitto(broker_image, tmp_path):
    """Return a running broker whose plugin expects another client struct."""
    configuration = tmp_path / "mosquitto.conf"
    text = CONFIGURATION.read_text()
    configuration.write_text(text.replace("/qlines_broker.so", "/other_mosquitto.so"))
    configuration.chmod(0o644)
    broker = Broker(broker_image, tmp_path, configuration)
    broker.add_device("alice")
    yield broker.start()
    broker.remove()


def test_it_refuses_all_connections(other_mosquitto):
    for token in ("alice", "unknown", None):
        with RawDevice(other_mosquitto) as device, pytest.raises(ClosedError):
            device.connect(token)

    other_mosquitto.wait_for_heartbeat()
    assert other_mosquitto.logs().count(SENTENCE) == 1
    assert other_mosquitto.heartbeat()["sentence"].startswith("refusing all connections: ")
    assert other_mosquitto.messages() == []
