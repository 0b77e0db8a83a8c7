import pytest

from qlines.clients.kafka import PositionLostError
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.writer import peer_source as module
from qlines.writer.peer_source import ASK_EVERY_SECONDS, REST_SECONDS, PeerSource
from qlines.writer.peer_status import PeerStatus


class Stage:
    """A twin's Kafka in memory; *errors* are raised by what happens next, by its name."""

    def __init__(self, monkeypatch):
        self.clock, self.calls, self.errors = FakeClock(), [], {}
        self.status = PeerStatus(self.clock)
        self.own_lag_ms = 0
        monkeypatch.setattr(module.kafka, "behind", lambda _consumer: self.call("behind") or 7)
        self.source = PeerSource(
            lambda: self.call("connect") or self,
            lambda _consumer: self.call("resume"),
            lambda _consumer, _commit: self,
            own_lag_ms=lambda: self.own_lag_ms,
            status=self.status,
            clock=self.clock,
        )

    def call(self, name):
        self.calls.append(name)
        if name in self.errors:
            raise self.errors.pop(name)

    def run_once(self):
        self.call("write")

    def close(self, autocommit=None):
        self.call("close")


@pytest.fixture
def stage(monkeypatch):
    return Stage(monkeypatch)


def test_it_connects_once_and_writes(stage):
    stage.source.run_once()
    stage.source.run_once()

    assert stage.calls == ["connect", "resume", "write", "behind", "write"]
    assert stage.status.sentence() == ""


def test_it_asks_now_and_then_whether_there_is_more(stage):
    stage.source.run_once()
    stage.clock.advance(ASK_EVERY_SECONDS)
    stage.source.run_once()

    assert stage.calls.count("behind") == 2
    assert stage.status.numbers()["twin_behind_records"] == 7


def test_an_outage_is_named_after_the_twin(stage):
    stage.errors["write"] = StoreUnavailableError("kafka", OSError("refused"))

    with pytest.raises(StoreUnavailableError) as raised:
        stage.source.run_once()

    assert raised.value.store == "the twin's kafka"


def test_an_outage_of_clickhouse_is_not(stage):
    stage.errors["write"] = StoreUnavailableError("clickhouse", OSError("refused"))

    with pytest.raises(StoreUnavailableError) as raised:
        stage.source.run_once()

    assert raised.value.store == "clickhouse"


def test_it_looks_for_its_place_again_when_the_log_has_lost_it(stage):
    stage.errors["write"] = PositionLostError("deleted")
    stage.source.run_once()
    stage.source.run_once()

    # The buffer is flushed first: its commit must come before that of the new place.
    assert stage.calls == ["connect", "resume", "write", "close", "resume", "write", "behind"]


def test_any_other_error_begins_anew_and_does_not_end_the_program(stage):
    stage.errors["write"] = ValueError("a bug")

    with pytest.raises(StoreUnavailableError, match="a bug"):
        stage.source.run_once()
    stage.source.run_once()

    assert stage.calls[-4:] == ["connect", "resume", "write", "behind"]


def test_it_rests_while_the_own_loop_is_behind_and_goes_on_nevertheless(stage):
    stage.own_lag_ms = 5_000
    before = stage.clock.monotonic()

    stage.source.run_once()

    assert stage.clock.monotonic() - before == pytest.approx(REST_SECONDS)
    assert "write" in stage.calls
