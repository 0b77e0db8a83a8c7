"""When the programs behind the broker lag, it slows those that send as fast as they can."""

from tests.harness.deadline import eventually
from tests.harness.load_generator import Load


def rate(broker, folder, *options, name):
    """Send for two seconds and return the acknowledged messages a second."""
    load = Load(broker.mqtt_port, ["alice"], folder, "--seconds", "2", *options, name=name)
    return load.wait()["rate"]


def lag(broker, milliseconds):
    broker.say_lag(milliseconds)
    eventually(lambda: broker.counter("lag_ms") == milliseconds, 5, "the broker reads the lag")


def test_a_lag_slows_senders_that_know_no_rate(broker, device_id, tmp_path):
    lag(broker, 1900)
    assert rate(broker, tmp_path, "--inflight", "50", name="free") > 1500

    lag(broker, 10_000)

    assert 100 < rate(broker, tmp_path, "--inflight", "50", name="slowed") < 510
    assert "slows the senders" in broker.heartbeat()["sentence"]
    assert broker.counter("delayed") > 0


def test_a_moderate_rate_is_not_slowed(broker, device_id, tmp_path):
    lag(broker, 7000)

    assert rate(broker, tmp_path, "--rate", "1000", name="moderate") > 900


def test_old_news_slow_nobody(broker, device_id):
    lag(broker, 10_000)

    eventually(lambda: broker.counter("lag_ms") == 0, 15, "nobody has reported for 5 s")
    assert broker.heartbeat()["sentence"] == "takes messages"


def test_nonsense_slows_nobody(broker):
    lag(broker, 10_000)

    for nonsense in ("", "fast", "-5", "99999999999999999999x"):
        (broker.run_dir / "lag" / "ingest").write_text(nonsense)
        eventually(lambda: broker.counter("lag_ms") <= 999_999_999, 5, "it reads on")

    broker.say_lag(0)
    eventually(lambda: broker.counter("lag_ms") == 0, 5, "it still reads")
