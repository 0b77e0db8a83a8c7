"""Back-pressure: while ingest or the writer lags, the broker slows senders without a rate."""

import pytest

from tests.harness.deadline import PATIENCE, eventually
from tests.harness.load_generator import Load


def rate(broker, folder, *options, name):
    """Send for two seconds and return the acknowledged messages per second."""
    load = Load(broker.mqtt_port, ["alice"], folder, "--seconds", "2", *options, name=name)
    return load.wait()["rate"]


def lag(broker, milliseconds):
    broker.write_lag(f"{milliseconds}\n")
    eventually(
        lambda: broker.counter("lag_seconds") == milliseconds / 1000, 5, "the broker reads the lag"
    )


def test_a_lag_slows_senders_without_a_rate(broker, device_id, tmp_path):
    lag(broker, 1900)
    free = rate(broker, tmp_path, "--inflight", "50", name="free")
    assert broker.counter("slowed") == 0

    lag(broker, 10_000)

    # How many it sends without a lag depends on the machine, how many with one does not.
    assert 100 / PATIENCE < rate(broker, tmp_path, "--inflight", "50", name="slowed") < 510
    assert free > 510
    assert "slowing the senders" in broker.heartbeat()["sentence"]
    assert broker.counter("slowed") > 0


def test_a_moderate_rate_is_not_slowed(broker, device_id, tmp_path):
    lag(broker, 7000)

    sent = 2 * rate(broker, tmp_path, "--rate", "1000", name="moderate")
    # What a busy machine has kept from the sender for a moment comes at once, and is slowed.
    assert broker.counter("slowed") < sent / 10


def test_a_stale_lag_slows_no_sender(broker, device_id):
    lag(broker, 10_000)

    eventually(lambda: broker.counter("lag_seconds") == 0, 15, "no program has written for 5 s")
    assert broker.heartbeat()["sentence"] == "accepting messages"


@pytest.mark.parametrize("text", ["", "fast", "-5", "999999999999", "99999999999999999999x"])
def test_an_invalid_lag_slows_no_sender(broker, text):
    lag(broker, 10_000)
    before = broker.counter("invalid_lags")

    broker.write_lag(text)
    eventually(
        lambda: broker.counter("invalid_lags") > before, 5, "the broker reads the file again"
    )

    assert broker.counter("lag_seconds") == 0
    assert broker.heartbeat()["sentence"] == "accepting messages"
    assert "/run/qlines/lag/ingest must hold whole milliseconds" in broker.logs()
    lag(broker, 1000)
