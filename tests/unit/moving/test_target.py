from dataclasses import replace
from types import SimpleNamespace

import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.moving import target
from qlines.settings import Settings
from qlines.spool.disk_lines import DiskSpace
from qlines.store import part_list
from qlines.store.part_list import StartState

GIGABYTE = 1024**3
ALONE = Settings.from_env({"QLINES_DATA_DIR": "/nowhere"})
ELSEWHERE = replace(ALONE, roles=ALONE.roles - {"clickhouse"})


def test_a_clickhouse_elsewhere_says_itself_how_much_is_free(monkeypatch):
    monkeypatch.setattr(target.point_copy, "free_bytes", lambda _client: 7)

    assert target.room_bytes(ELSEWHERE, "client") == 7


@pytest.mark.parametrize(("free", "room"), [(30, 20), (9, 0)])
def test_in_this_container_the_readings_leave_free_what_the_disk_guard_wants(
    monkeypatch, free, room
):
    disk = DiskSpace(100 * GIGABYTE, free * GIGABYTE)
    monkeypatch.setattr(target, "disk_space", lambda _folder: disk)

    assert target.room_bytes(ALONE, "client") == room * GIGABYTE


@pytest.mark.parametrize(
    ("users", "others", "words"),
    [
        (0, [], {}),
        (2, ["orders"], {"mongodb": "2 users and 2 devices"}),
        (0, ["orders", "bills"], {"mongodb": "documents of another program in orders, bills"}),
    ],
)
def test_a_database_says_what_a_copy_would_delete(monkeypatch, users, others, words):
    collection = SimpleNamespace(count_documents=lambda _query: users)
    client = SimpleNamespace(close=lambda: None)
    db = SimpleNamespace(users=collection, devices=collection, client=client)
    monkeypatch.setattr(target.mongodb, "connect", lambda _url: db)
    monkeypatch.setattr(target.document_copy, "of_others", lambda _db: others)

    assert target.what_is_there(ALONE, ["mongodb", "redis"]) == words


@pytest.fixture
def starting(tmp_path, monkeypatch):
    """Return settings whose ClickHouse lists its parts at its start, and answers after that."""
    answers = [False, True]

    def prepare(_settings):
        if not answers.pop(0):
            part_list.write_start_state(tmp_path, StartState(True, []))
            raise StoreUnavailableError("clickhouse", LookupError("it starts"))

    monkeypatch.setitem(target.PREPARE, "clickhouse", prepare)
    return replace(ALONE, run_dir=tmp_path)


def test_what_a_clickhouse_of_this_container_lost_is_forgotten_once_it_has_started(starting):
    target.prepare(starting, ["clickhouse"], FakeClock(), own=["clickhouse"])

    assert part_list.read_start_state(starting.run_dir) is None


def test_on_the_way_there_the_writer_still_reads_what_the_clickhouse_beside_it_lost(starting):
    target.prepare(starting, ["clickhouse"], FakeClock(), own=[])

    assert part_list.read_start_state(starting.run_dir) is not None


def test_of_the_stores_those_that_are_not_of_the_roles_are_stopped(monkeypatch, tmp_path):
    asked = []

    class Programs:
        def __init__(self, _run_dir, roles, _clock):
            self.roles = roles

        def stop(self, names):
            asked.extend(name for name in names if name in self.roles)

    monkeypatch.setattr(target, "Programs", Programs)

    part_list.write_start_state(tmp_path, StartState(True, []))
    alone = replace(ALONE, run_dir=tmp_path)

    target.stop_own(alone, FakeClock())
    assert asked == []
    assert part_list.read_start_state(tmp_path) is not None

    target.stop_own(replace(alone, roles=frozenset({"kafka", "gunicorn"})), FakeClock())
    assert asked == ["mongodb", "clickhouse", "redis"]
    assert part_list.read_start_state(tmp_path) is None
