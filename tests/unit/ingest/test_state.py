import pytest

from qlines.clock import FakeClock
from qlines.ingest.batch import Attribute, Batch, ConnectionEvent, ConnectionEventType
from qlines.ingest.state import State
from qlines.ingest.state_file import StateFile

METER = "1" * 24


class Disk:
    """A state file, and what a restart would load from it."""

    def __init__(self, folder):
        self.path = folder / "ingest.json"
        self.clock = FakeClock()

    def load(self):
        return State(StateFile(self.path, self.clock))


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def attribute(value):
    return Batch(attributes=[Attribute(METER, "fw", 1, value)])


def connected(time_us):
    event = ConnectionEvent(time_us, ConnectionEventType.CONNECTED, METER, "10.0.0.1")
    return Batch(connections=[event])


def flush(state):
    """Empty the pending writes, as a flush does."""
    state.pending._attributes.clear()
    state.pending._presence.clear()


def test_a_new_state_is_saved_without_a_file(disk):
    state = disk.load()

    assert state.is_saved
    assert state.save_if_due()
    assert not disk.path.exists()


def test_a_batch_of_readings_alone_changes_nothing(disk):
    state = disk.load()

    state.add(Batch())

    assert state.is_saved


def test_pending_writes_survive_a_restart_once_saved(disk):
    state = disk.load()
    state.add(attribute("1.2"))
    assert not state.is_saved

    assert state.save_if_due()

    assert state.is_saved
    assert disk.load().pending.to_json() == state.pending.to_json()


def test_a_loaded_state_with_pending_writes_is_saved(disk):
    state = disk.load()
    state.add(attribute("1.2"))
    state.save_if_due()

    assert disk.load().is_saved


def test_it_is_not_saved_while_the_file_is_not_due(disk):
    state = disk.load()
    state.add(attribute("1.2"))
    state.save_if_due()
    state.add(attribute("1.3"))

    assert not state.save_if_due()

    disk.clock.advance(1)
    assert state.save_if_due()


def test_writes_that_were_flushed_before_they_were_saved_need_no_file(disk):
    state = disk.load()
    state.add(attribute("1.2"))

    flush(state)

    assert state.is_saved
    assert not disk.path.exists()


def test_writes_that_were_flushed_after_they_were_saved_leave_the_file(disk):
    state = disk.load()
    state.add(attribute("1.2"))
    state.save_if_due()
    flush(state)
    assert not state.is_saved

    disk.clock.advance(1)
    state.save_if_due()

    assert not disk.load().pending


def test_new_writes_after_a_flush_are_not_taken_for_the_saved_ones(disk):
    state = disk.load()
    state.add(attribute("1.2"))
    state.save_if_due()
    flush(state)

    state.add(attribute("1.3"))

    assert not state.is_saved


def test_connections_are_saved_even_when_nothing_is_pending(disk):
    state = disk.load()
    state.add(connected(7))
    flush(state)
    assert not state.is_saved

    state.save_if_due()

    assert disk.load().connections.as_of_us == 7


def test_replayed_connection_events_change_nothing(disk):
    state = disk.load()
    state.add(connected(7))
    flush(state)
    state.save_if_due()

    state.add(connected(7))

    assert state.is_saved
