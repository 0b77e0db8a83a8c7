import dataclasses

import pytest

from backup import repositories, second_place, tags
from backup.errors import BackupError
from backup.progress import Progress
from backup.restic import Snapshot
from qlines.settings import Settings

SETTINGS = Settings.from_env({"QLINES_BACKUP_SECOND_REPOSITORY": "rest:http://u:p@host/"})
RUNS = ("monday", "tuesday")


class FakeRepository:
    """A repository in memory that notes what is asked of it, in one list for both places."""

    def __init__(self, name, calls, *, failure=None):
        self.address = self.place = name
        self._calls = calls
        self._failure = failure

    def snapshots(self, tag):
        return [Snapshot(f"{tag}-{run}", 0.0, (tag, tags.of_run(run))) for run in RUNS]

    def copy_from(self, other, ids):
        if self._failure:
            raise BackupError(self._failure)
        self._calls.append(("copy", other.address, self.address, ids))

    def forget_by_age(self, tag, *keep):
        self._calls.append(("forget", self.address, tag, keep))
        return []

    def unlock(self):
        pass

    def forget(self, ids):
        assert not ids


@pytest.fixture
def calls():
    return []


@pytest.fixture
def use(monkeypatch, calls):
    """Return a function that sets both places; the second one fails when told so."""

    def use(*, failure=None):
        first, second = (
            FakeRepository("first", calls),
            FakeRepository("second", calls, failure=failure),
        )
        monkeypatch.setattr(repositories, "main", lambda _settings: first)
        monkeypatch.setattr(repositories, "of_secrets", lambda _settings: first)
        monkeypatch.setattr(repositories, "second", lambda _settings: second)
        monkeypatch.setattr(repositories, "second_of_secrets", lambda _settings: second)

    return use


@pytest.fixture
def progress():
    return Progress(is_terminal=False)


COPIES = [
    ("copy", "first", "second", [f"{tags.SECRETS}-monday", f"{tags.SECRETS}-tuesday"]),
    ("copy", "first", "second", [f"{tags.DATA}-monday", f"{tags.DATA}-tuesday"]),
]


def test_all_that_the_first_place_has_is_copied_secrets_first_and_then_the_retention_applies(
    use, calls, progress
):
    use()
    second_place.copy(SETTINGS, progress)

    assert calls == [*COPIES, ("forget", "second", tags.DATA, (7, 4, 12))]


def test_nothing_is_deleted_in_a_place_that_only_accepts_new_ones(use, calls, progress):
    use()
    second_place.copy(dataclasses.replace(SETTINGS, backup_second_prune=False), progress)

    assert calls == COPIES


def test_a_failure_names_the_place_and_says_that_the_backup_is_good(use, progress):
    use(failure="it is full")
    with pytest.raises(
        BackupError, match=r"the backup is good, but it could not be copied to second: it is full"
    ):
        second_place.copy(SETTINGS, progress)
