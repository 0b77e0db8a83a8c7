import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.live import peer_feed as module
from qlines.live.peer_feed import PeerFeed
from qlines.reading import Reading

DEVICES = frozenset({"d1"})


class Twin:
    """The twin's records in memory; connecting is counted."""

    def __init__(self):
        self.waiting, self.reads, self.connections, self.invalid_records = [], [], 0, 0

    def connect(self):
        self.connections += 1
        return self

    def read(self, devices, _timeout_ms):
        self.reads.append(devices)
        found, self.waiting = self.waiting, []
        return found


@pytest.fixture
def twin():
    return Twin()


@pytest.fixture
def feed(twin):
    return PeerFeed(twin.connect, FakeClock())


def reading(number):
    return Reading("d1", "o", number, {"a": number})


def test_it_passes_on_what_it_read_once(feed, twin):
    twin.waiting = [reading(1), reading(2)]
    feed.watch(DEVICES)

    feed.run_once()

    assert feed.take() == [reading(1), reading(2)]
    assert feed.take() == []


def test_it_connects_when_somebody_watches_and_not_before(feed, twin):
    assert twin.connections == 0

    feed.watch(DEVICES)
    feed.run_once()
    feed.run_once()

    assert (twin.connections, twin.reads) == (1, [DEVICES, DEVICES])


def test_it_tells_the_log_that_nobody_watches_any_longer(feed, twin, monkeypatch):
    feed.watch(DEVICES)
    feed.run_once()
    feed.watch(frozenset())
    monkeypatch.setattr(feed._is_watched, "wait", lambda: True)

    feed.run_once()

    assert twin.reads[-1] == frozenset()


def test_it_holds_the_newest_while_the_own_loop_is_stuck(feed, twin, monkeypatch):
    twin.waiting = [reading(number) for number in range(module.MAX_READINGS + 5)]
    feed.watch(DEVICES)

    feed.run_once()

    held = feed.take()
    assert (held[0].ts_us, len(held)) == (5, module.MAX_READINGS)


def test_an_outage_of_the_twin_is_the_threads_own(twin):
    def away():
        raise StoreUnavailableError("kafka", OSError("refused"))

    feed = PeerFeed(away, FakeClock())
    feed.watch(DEVICES)

    with pytest.raises(StoreUnavailableError):
        feed.run_once()
    assert feed.take() == []
