from qlines.clock import FakeClock
from qlines.ingest.batch import Attribute, Batch, ConnectionEvent, Happening
from qlines.ingest.connections import Connections
from qlines.ingest.state_file import State, StateFile
from qlines.ingest.waiting import Waiting

METER = "1" * 24


def some_state():
    connections, waiting = Connections(), Waiting()
    event = ConnectionEvent(1, Happening.CONNECTED, METER, "10.0.0.1")
    changes = connections.count([event])
    waiting.add(Batch(attributes=[Attribute(METER, "fw", 1, "1.2")]), changes)
    return State(connections, waiting)


def test_it_begins_with_nothing(tmp_path):
    state = StateFile(tmp_path / "ingest.json", FakeClock()).load()

    assert not state.waiting


def test_it_gives_back_what_was_saved(tmp_path):
    state = some_state()
    StateFile(tmp_path / "ingest.json", FakeClock()).save(state)

    again = StateFile(tmp_path / "ingest.json", FakeClock()).load()

    assert again.waiting.to_json() == state.waiting.to_json()
    assert again.connections.to_json() == state.connections.to_json()


def test_it_rests_a_second_between_two_writes(tmp_path):
    clock = FakeClock()
    file = StateFile(tmp_path / "ingest.json", clock)
    assert file.is_due()

    file.save(some_state())

    assert not file.is_due()
    clock.advance(1.0)
    assert file.is_due()


def test_it_keeps_a_damaged_file_for_people_and_begins_anew(tmp_path):
    path = tmp_path / "ingest.json"
    path.write_text('{"connections": ')

    state = StateFile(path, FakeClock()).load()

    assert not state.waiting
    assert (tmp_path / "ingest.damaged").read_text() == '{"connections": '
