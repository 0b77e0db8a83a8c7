"""When a side says that the presence of its devices counts."""

import json

import pytest

from qlines.brokers.broker_heartbeat import (
    EVERY_SECONDS,
    PROGRAMS,
    STALE_SECONDS,
    BrokerHeartbeat,
)
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError


class Side:
    """A side whose programs write heartbeats."""

    def __init__(self, folder):
        self.clock, self.given, self.is_away = FakeClock(), 0, False
        self.folder = folder / "heartbeat"
        self.folder.mkdir()
        self.heartbeat = BrokerHeartbeat(folder, self.give, self.clock)

    def give(self):
        if self.is_away:
            raise StoreUnavailableError("mongodb", OSError("refused"))
        self.given += 1

    def beat(self, *programs):
        for name in programs:
            text = json.dumps({"beat_at": self.clock.now_us() / 1e6})
            (self.folder / f"{name}.json").write_text(text)


@pytest.fixture
def side(tmp_path):
    return Side(tmp_path)


def test_it_beats_every_five_seconds(side):
    for _ in range(21):
        side.beat(*PROGRAMS)
        side.heartbeat.run_once()
        side.clock.sleep(EVERY_SECONDS / 10)

    assert side.given == 3


@pytest.mark.parametrize("silent", PROGRAMS)
def test_it_does_not_beat_while_one_of_the_programs_has_not_started(side, silent):
    side.beat(*(name for name in PROGRAMS if name != silent))

    side.heartbeat.run_once()

    assert side.given == 0


@pytest.mark.parametrize("silent", PROGRAMS)
def test_it_does_not_beat_while_one_of_the_programs_is_silent(side, silent):
    side.beat(silent)
    side.clock.sleep(STALE_SECONDS)
    side.beat(*(name for name in PROGRAMS if name != silent))

    side.heartbeat.run_once()

    assert side.given == 0


def test_an_outage_is_logged_once(side, caplog):
    side.is_away = True
    for _ in range(3):
        side.beat(*PROGRAMS)
        side.heartbeat.run_once()
        side.clock.sleep(EVERY_SECONDS)

    assert len(caplog.messages) == 1
