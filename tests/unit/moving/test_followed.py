import pytest

from qlines.clients.kafka import PositionLostError
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.move_record import COPYING, Record
from qlines.moving import followed
from qlines.moving.followed import Followed, target_settings
from qlines.moving.progress import MoveProgress
from qlines.settings import Settings

ROLES = {"QLINES_ROLES": "ingest,writer,gunicorn", "QLINES_CLICKHOUSE": "clickhouse:9000"}


def test_a_cluster_stores_what_it_had_once_before():
    cluster = ROLES | {"QLINES_CLICKHOUSE_CLUSTER": "c", "QLINES_CLICKHOUSE_WRITE_QUORUM": "2"}

    assert target_settings(Settings.from_env(ROLES)) == {}
    assert target_settings(Settings.from_env(cluster)) == {
        "insert_quorum": 2,
        "insert_deduplicate": 0,
    }


class Stage:
    """Readings to copy and to follow: each step answers, or raises, what it was given."""

    def __init__(self, folder, monkeypatch):
        self.steps, self.outcomes = [], []
        stage = self

        class ReadingsCopy:
            def __init__(self, *_arguments, **_options):
                pass

            def run(self):
                stage.step("copy")

        class ReadingsFollow:
            def __init__(self, *_arguments):
                pass

            def run_once(self):
                return stage.step("follow")

            def close(self):
                pass

        monkeypatch.setattr(followed, "ReadingsCopy", ReadingsCopy)
        monkeypatch.setattr(followed, "ReadingsFollow", ReadingsFollow)
        monkeypatch.setattr(followed.readings_follow, "committed", lambda _source: {"0": 7})
        monkeypatch.setattr(followed.readings, "newest_us", lambda _client: 0)
        settings = Settings.from_env({"QLINES_DATA_DIR": str(folder)})
        clock = FakeClock()
        progress = MoveProgress(folder, Record(COPYING), lambda _line: None, clock)
        self.followed = Followed(settings, settings, ["clickhouse"], progress, clock)
        self.followed.copy()

    def step(self, name):
        self.steps.append(name)
        outcome = self.outcomes.pop(0) if self.outcomes else 0
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def stage(tmp_path, monkeypatch):
    stage = Stage(tmp_path, monkeypatch)
    yield stage
    stage.followed.close()


def test_when_kafka_has_deleted_what_comes_next_the_readings_are_copied_again_and_followed(stage):
    stage.outcomes = [PositionLostError("deleted"), 0, 500]

    assert stage.followed.run_once() == 500
    assert stage.steps == ["copy", "follow", "copy", "follow"]


def test_a_copy_that_a_store_has_broken_off_is_made_before_anything_is_followed(stage):
    away = StoreUnavailableError("clickhouse", LookupError("away"))
    stage.outcomes = [PositionLostError("deleted"), away]

    with pytest.raises(StoreUnavailableError):
        stage.followed.run_once()

    assert stage.followed.run_once() == 0
    assert stage.steps == ["copy", "follow", "copy", "copy", "follow"]
