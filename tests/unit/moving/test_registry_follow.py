import pytest
from pymongo.errors import OperationFailure

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.move_record import COPYING, Record
from qlines.moving.error import MoveError
from qlines.moving.progress import MoveProgress
from qlines.moving.registry_follow import ROUNDS, RegistryFollow
from qlines.store import document_copy


class Stage:
    """Collections in memory, and changes that wait in a stream."""

    def __init__(self, folder, monkeypatch):
        self.source, self.target = {"users": 1, "devices": 5}, {}
        self.waiting, self.streams, self.is_kept = [], 0, True
        stage = self

        class Changes:
            def __init__(self, _source):
                stage.streams += 1

            def apply(self, _target):
                count = stage.waiting.pop(0) if stage.waiting else 0
                if isinstance(count, Exception):
                    raise count
                return count

            def close(self):
                pass

        monkeypatch.setattr("qlines.moving.registry_follow.Changes", Changes)
        monkeypatch.setattr(document_copy, "differing", self._differing)
        monkeypatch.setattr(document_copy, "complete", self._complete)
        progress = MoveProgress(folder, Record(COPYING), lambda _line: None, FakeClock())
        self.follow = RegistryFollow("source", "target", progress)

    def _differing(self, _source, _target):
        return [name for name, count in self.source.items() if self.target.get(name) != count]

    def _complete(self, _source, _target, name):
        if self.is_kept:
            self.target[name] = self.source[name]
        return 1


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_what_differs_is_copied_and_changes_are_followed(stage):
    stage.follow.copy()
    stage.waiting = [3]

    assert stage.target == stage.source
    assert (stage.follow.follow(), stage.follow.follow()) == (3, 0)


def test_when_mongodb_has_forgotten_the_changes_all_is_compared_again(stage):
    stage.follow.copy()
    stage.source["devices"] = 6
    stage.waiting = [OperationFailure("ChangeStreamHistoryLost", 286)]

    assert stage.follow.follow() == 1
    assert (stage.target, stage.streams) == (stage.source, 2)


def test_a_copy_that_a_store_has_broken_off_is_made_before_changes_are_followed(stage, monkeypatch):
    def fails(*_arguments):
        raise StoreUnavailableError("mongodb", LookupError("away"))

    with monkeypatch.context() as broken:
        broken.setattr(document_copy, "complete", fails)
        with pytest.raises(StoreUnavailableError):
            stage.follow.copy()

    assert stage.follow.follow() == 1
    assert stage.target == stage.source


def test_changes_that_were_read_and_not_written_are_not_lost(stage):
    stage.follow.copy()
    stage.source["devices"] = 6
    stage.waiting = [StoreUnavailableError("mongodb", LookupError("away"))]

    with pytest.raises(StoreUnavailableError):
        stage.follow.follow()

    assert stage.follow.follow() == 1
    assert stage.target == stage.source


def test_what_still_differs_when_nothing_changes_is_completed(stage):
    stage.follow.copy()
    stage.source["users"] = 2  # as a document that expired in one of them

    stage.follow.prove()

    assert stage.target == stage.source


def test_a_target_that_stays_different_is_refused(stage):
    stage.is_kept = False
    stage.follow.copy()

    with pytest.raises(MoveError, match=f"users, devices still differ after {ROUNDS} copies"):
        stage.follow.prove()
