"""Looking up which keys a device has, while its stores answer and while they do not."""

import pytest

from qlines.clients import clickhouse
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.ingest import stored_keys as module
from qlines.ingest.stored_keys import PAUSE_SECONDS, StoredKeys
from qlines.store import readings

DEVICE = "1" * 24


class Client:
    disconnected = 0

    def disconnect(self):
        self.disconnected += 1


@pytest.fixture
def stores(monkeypatch):
    client, errors = Client(), []

    def keys_of_device(_client, _device):
        if errors:
            raise errors[0]
        return ["a", "b"]

    monkeypatch.setattr(clickhouse, "connect", lambda _address, **_options: client)
    monkeypatch.setattr(readings, "keys_of_device", keys_of_device)
    monkeypatch.setattr(module.attributes, "of_device", lambda _db, _device: {"b": 1, "c": 2})
    return client, errors


def test_it_returns_the_keys_of_readings_and_attributes(stores):
    client, _ = stores

    assert StoredKeys("clickhouse:9000", None, FakeClock())(DEVICE) == {"a", "b", "c"}
    assert client.disconnected == 1


def test_a_store_that_is_away_is_not_asked_again_for_a_minute(stores):
    client, errors = stores
    clock = FakeClock()
    stored = StoredKeys("clickhouse:9000", None, clock)
    errors.append(StoreUnavailableError("clickhouse", OSError("refused")))

    assert stored(DEVICE) is None
    errors.clear()
    assert stored(DEVICE) is None
    assert client.disconnected == 1

    clock.advance(PAUSE_SECONDS)
    assert stored(DEVICE) == {"a", "b", "c"}


def test_looking_up_takes_a_twentieth_of_the_time(stores, monkeypatch):
    clock, looked_up = FakeClock(), []

    def slow_store(_client, device):
        clock.advance(0.5)
        looked_up.append(device)
        return ["a"]

    monkeypatch.setattr(readings, "keys_of_device", slow_store)
    stored = StoredKeys("clickhouse:9000", None, clock)

    answers = []
    for _ in range(400):  # 20 s with a message each 0.05 s
        answers.append(stored(DEVICE))
        clock.advance(0.05)

    assert answers[0] == {"a", "b", "c"}
    assert answers[1] is None
    assert len(looked_up) == 3
