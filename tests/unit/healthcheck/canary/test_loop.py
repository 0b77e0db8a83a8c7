import json
from pathlib import Path
from typing import Any

import pytest

from healthcheck.canary.api import Newest, RefusedError
from healthcheck.canary.loop import ROUND_SECONDS, Canary, canary_of
from healthcheck.probes.connection import ProbeError
from qlines.canary_account import files
from qlines.clock import FakeClock
from qlines.settings import Settings


class Pipe:
    """A fake of all that is between the broker and /api/data."""

    def __init__(self) -> None:
        self.newest: int | None = None
        self.broker_error = ""
        self.api_error = ""
        self.stores = True
        self.reads = 0

    def send(self, payload: bytes) -> None:
        if self.broker_error:
            raise ProbeError(self.broker_error)
        if self.stores:
            self.newest = json.loads(payload)["sent"]

    def read(self) -> Newest:
        self.reads += 1
        if self.api_error:
            raise ProbeError(self.api_error)
        return Newest(self.newest, "" if self.stores else "clickhouse does not answer")


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def canary(pipe: Pipe, clock: FakeClock) -> Canary:
    return Canary(pipe.send, pipe.read, clock)


def test_a_message_that_is_readable_at_once_takes_one_read(canary: Canary, pipe: Pipe) -> None:
    canary.run_round()

    seen = canary.observed()
    assert (seen.sent, seen.failure, pipe.reads) == (1, None, 1)
    assert seen.latency_seconds == pytest.approx(0.025, abs=0.001)


def test_a_broker_that_is_away_is_its_stage(canary: Canary, pipe: Pipe) -> None:
    pipe.broker_error = "port 1883 is closed"

    canary.run_round()

    assert canary.observed().failure == ("broker", "port 1883 is closed")
    assert canary.observed().failures == {"broker": 1, "pipeline": 0, "api": 0}


def test_a_message_that_is_not_stored_in_time_stopped_in_the_pipeline(
    canary: Canary, pipe: Pipe, clock: FakeClock
) -> None:
    pipe.stores = False
    started = clock.monotonic()

    canary.run_round()

    assert canary.observed().failure == ("pipeline", "after 8 s, clickhouse does not answer")
    assert clock.monotonic() - started == pytest.approx(ROUND_SECONDS, abs=0.03)
    assert pipe.reads < 20


def test_an_api_that_fails_is_its_stage_and_known_even_while_the_broker_fails(
    canary: Canary, pipe: Pipe
) -> None:
    pipe.api_error = "answers with HTTP status 500"
    canary.run_round()
    assert canary.observed().failure == ("api", "answers with HTTP status 500")

    pipe.broker_error = "port 1883 is closed"
    canary.run_round()

    assert canary.observed().failure == ("broker", "port 1883 is closed")
    assert canary.observed().api_failing_seconds > 7


def test_an_api_that_refuses_the_canary_answers_nevertheless(
    canary: Canary, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after MongoDB was restored to a state without the canary's account."""

    def refused() -> Newest:
        raise RefusedError("answers with HTTP status 401")

    monkeypatch.setattr(canary, "_read", refused)
    canary.run_round()

    assert canary.observed().failure == ("api", "answers with HTTP status 401")
    assert canary.observed().api_failing_seconds == 0


def test_a_good_round_after_an_outage_is_well_again(canary: Canary, pipe: Pipe) -> None:
    pipe.stores = False
    canary.run_round()
    pipe.stores = True

    canary.run_round()

    assert canary.observed().failure is None
    assert canary.observed().age_seconds == pytest.approx(0.025, abs=0.001)


def test_two_messages_differ_even_when_the_clock_is_set_back(
    canary: Canary, pipe: Pipe, clock: FakeClock
) -> None:
    canary.run_round()
    first = pipe.newest
    clock.advance(-3600)

    canary.run_round()

    assert first is not None
    assert pipe.newest == first + 1
    assert canary.observed().failure is None


def settings(tmp_path: Path, **env: str) -> Settings:
    return Settings.from_env({"QLINES_DATA_DIR": str(tmp_path), **env})


def with_account(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    for file in files(tmp_path):
        file.write_text("secret\n")
    return tmp_path


@pytest.mark.parametrize("roles", ["mosquitto,ingest,writer,healthd", "gunicorn,healthd"])
def test_there_is_none_where_a_message_cannot_be_followed(tmp_path: Path, roles: str) -> None:
    assert canary_of(settings(with_account(tmp_path), QLINES_ROLES=roles), FakeClock()) is None


def test_there_is_none_without_an_account(tmp_path: Path) -> None:
    assert canary_of(settings(tmp_path), FakeClock()) is None


def test_it_sends_with_the_token_to_the_broker_of_this_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def refuse(address: Any, _timeout: float) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.create_connection", refuse)
    canary = canary_of(settings(with_account(tmp_path)), FakeClock())

    assert canary is not None
    canary.run_round()

    assert asked[:2] == [("127.0.0.1", 1883), ("127.0.0.1", 5000)]
    assert canary.observed().failure == ("broker", "port 1883 is closed")
