import pytest

from qlines.clock import FakeClock
from qlines.ingest.batch import Attribute, Batch, ConnectionEvent, ConnectionEventType
from qlines.ingest.connections import Connections
from qlines.ingest.pending_writes import PendingWrites
from qlines.ingest.state_file import SavedState, StateFile

# It was loaded, and then saving raised an error at each attempt.
BEYOND_64_BITS = (
    '{"connections": {"as_of_us": 18446744073709551616, "own": {}, "gateway_of": {}}, "waiting": '
    '{"attributes": [], "presence": [], "restarted_us": 0, "rejected": [], "sightings": []}}'
)
METER = "1" * 24


def some_state():
    connections, pending = Connections(), PendingWrites()
    event = ConnectionEvent(1, ConnectionEventType.CONNECTED, METER, "10.0.0.1")
    changes = connections.count([event])
    pending.add(Batch(attributes=[Attribute(METER, "fw", 1, "1.2")]), changes)
    return SavedState(connections, pending)


def test_the_state_is_empty_without_a_file(tmp_path):
    state = StateFile(tmp_path / "ingest.json", FakeClock()).load()

    assert not state.pending


def test_it_loads_what_was_saved(tmp_path):
    state = some_state()
    StateFile(tmp_path / "ingest.json", FakeClock()).save(state)

    again = StateFile(tmp_path / "ingest.json", FakeClock()).load()

    assert again.pending.to_json() == state.pending.to_json()
    assert again.connections.to_json() == state.connections.to_json()


def test_it_pauses_a_second_between_two_writes(tmp_path):
    clock = FakeClock()
    file = StateFile(tmp_path / "ingest.json", clock)
    assert file.is_due()

    file.save(some_state())

    assert not file.is_due()
    clock.advance(1.0)
    assert file.is_due()


@pytest.mark.parametrize(
    "text",
    [
        '{"connections": ',
        '{"connections": {"as_of_us": 1e308, "own": 7, "gateway_of": {}}, "waiting": {}}',
        "[]",
        BEYOND_64_BITS,
    ],
)
def test_it_moves_a_corrupt_file_aside_and_starts_empty(tmp_path, text):
    path = tmp_path / "ingest.json"
    path.write_text(text)

    notes = []

    state = StateFile(path, FakeClock(), notes.append).load()

    (aside,) = tmp_path.iterdir()
    assert not state.pending
    assert aside.name.startswith("ingest.json.corrupt-")
    assert aside.read_text() == text
    assert str(aside) in notes[0]
