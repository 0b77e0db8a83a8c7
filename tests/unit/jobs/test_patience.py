import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.jobs.patience import patiently


def test_it_returns_at_once_when_the_store_answers() -> None:
    assert patiently(lambda: 7, FakeClock()) == 7


def test_it_waits_for_a_store_that_comes_back() -> None:
    clock = FakeClock()
    away = [StoreUnavailableError("clickhouse", OSError("refused"))] * 3

    def attempt() -> str:
        if away:
            raise away.pop()
        return "done"

    assert patiently(attempt, clock) == "done"


def test_it_gives_up_after_two_minutes() -> None:
    clock = FakeClock()
    started = clock.monotonic()

    def attempt() -> None:
        raise StoreUnavailableError("clickhouse", OSError("refused"))

    with pytest.raises(StoreUnavailableError):
        patiently(attempt, clock)
    assert 120 <= clock.monotonic() - started <= 124
