import os
import stat

import pytest

from backup.errors import BackupError
from backup.places import Places
from backup.restic import Repository, Snapshot, last_reason

ANSWER = """#!/bin/sh
printf '%s\\n' "$*" >>"{log}"
env | grep ^RESTIC_ >"{log}.env"
cat "{answer}"
exit $(cat "{status}")
"""


class FakeRestic:
    """A program called restic that notes its words and answers what the test says."""

    def __init__(self, folder):
        self._folder = folder
        self.answers("[]")
        self.program = folder / "restic"
        self.program.write_text(
            ANSWER.format(log=folder / "log", answer=folder / "answer", status=folder / "status")
        )
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    def answers(self, text, status=0):
        (self._folder / "answer").write_text(text)
        (self._folder / "status").write_text(str(status))

    @property
    def calls(self):
        return (self._folder / "log").read_text().splitlines()

    @property
    def environment(self):
        return (self._folder / "log.env").read_text().splitlines()


@pytest.fixture
def restic(tmp_path, monkeypatch):
    """Return the fake, which is first on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return FakeRestic(folder)


@pytest.fixture
def repository(tmp_path):
    return Repository("/repository", "correct horse", Places(tmp_path / "data"))


def test_its_password_is_on_no_command_line(restic, repository):
    repository.snapshots("qlines-data")

    assert "correct horse" not in restic.calls[0]
    assert "RESTIC_PASSWORD=correct horse" in restic.environment


def test_snapshots_come_oldest_first(restic, repository):
    restic.answers(
        '[{"id": "bbbbbbbb22", "time": "2026-11-26T03:12:00.123456789Z", "tags": ["x"]},'
        ' {"id": "aaaaaaaa11", "time": "2026-11-25T03:12:00Z",'
        ' "summary": {"data_added_packed": 9}}]'
    )

    assert repository.snapshots("qlines-data") == [
        Snapshot("aaaaaaaa", 1_795_576_320.0, (), 9),
        Snapshot("bbbbbbbb", 1_795_662_720.123456, ("x",)),
    ]


def test_what_it_saved_is_in_the_summary(restic, repository, tmp_path):
    restic.answers(
        '{"message_type": "status", "percent_done": 0.5}\n'
        '{"message_type": "summary", "snapshot_id": "cafecafe99", "total_bytes_processed": 900,'
        ' "data_added": 400, "data_added_packed": 300}\n'
    )
    shares = []

    saved = repository.backup(tmp_path, [], ["qlines-data"], shares.append)

    assert saved == ("cafecafe", 900, 300)
    assert shares == [0.5]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (12, "the password does not open the repository /repository: set QLINES_BACKUP_PASSWORD"),
        (10, "there is no repository at /repository"),
        (11, "is locked by another program"),
        (1, "restic failed with status 1: no space left on device"),
        (3, "restic failed with status 3"),
    ],
)
def test_a_failure_says_why(restic, repository, tmp_path, status, reason):
    restic.answers("no space left on device\n", status)

    with pytest.raises(BackupError, match=reason):
        repository.backup(tmp_path, [], [], lambda _share: None)


def test_a_repository_is_created_where_there_is_none(restic, repository):
    restic.answers("", status=10)

    assert repository.exists() is False
    with pytest.raises(BackupError, match="no repository"):
        repository.ensure()
    assert restic.calls[-1].startswith("init")


def test_one_that_is_read_only_gets_no_lock(restic, tmp_path):
    Repository("/r", "secret password", Places(tmp_path), is_read_only=True).snapshots("x")

    assert "--no-lock" in restic.calls[0]


def test_only_locks_in_our_own_folder_are_all_removed(restic, tmp_path):
    places = Places(tmp_path)
    Repository(str(places.repository), "secret password", places).unlock()
    Repository("sftp:host:/backup", "secret password", places).unlock()

    assert [("--remove-all" in call) for call in restic.calls] == [True, False]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it printed no reason"),
        ("one\nFatal: two\n", "Fatal: two"),
        (
            '{"message_type": "exit_error", "code": 1, "message": "Fatal: disk full"}',
            "Fatal: disk full",
        ),
        ('{"message_type": "error", "error": {"message": "denied"}}', "denied"),
        (
            "subprocess ssh: Host key verification failed.\nFatal: no sftp session\n",
            "Host key verification failed.: Fatal: no sftp session",
        ),
    ],
)
def test_the_last_line_says_why(text, reason):
    assert last_reason(text) == reason


def test_a_place_that_does_not_answer_is_given_up_after_a_minute(tmp_path, restic, monkeypatch):
    monkeypatch.setattr("backup.restic.ANSWER_SECONDS", 0.2)
    restic.program.write_text("#!/bin/sh\necho 'refused, retrying' >&2\nexec sleep 60\n")
    repository = Repository("rest:http://host/", "secret password", Places(tmp_path))

    with pytest.raises(BackupError, match=r"rest:http://host/ did not answer .*refused, retrying"):
        repository.exists()


def test_ssh_asks_nobody_and_notices_a_server_that_vanished(restic, tmp_path):
    Repository("sftp:host:/backup", "secret password", Places(tmp_path)).snapshots("x")

    assert "sftp.args=-o BatchMode=yes -o ConnectTimeout=20" in restic.calls[0]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("rest:https://user:pass:w@rd@host:8000/q", "rest:https://user:***@host:8000/q"),
        ("rest:https://host:8000/user@home", "rest:https://host:8000/user@home"),
        ("s3:https://host/qlines", "s3:https://host/qlines"),
        ("sftp:backup@host:/qlines", "sftp:backup@host:/qlines"),
    ],
)
def test_a_place_is_named_without_its_password(restic, tmp_path, address, place):
    repository = Repository(address, "secret password", Places(tmp_path))
    restic.answers("", status=10)

    assert repository.place == place
    with pytest.raises(BackupError) as caught:
        repository.snapshots("x")
    assert str(caught.value) == f"there is no repository at {place}"


def test_a_copy_removes_the_locks_of_killed_runs_first(restic, repository, tmp_path):
    other = Repository("/first", "secret password", Places(tmp_path))

    repository.copy_from(other, ["aaaaaaaa", "bbbbbbbb"])

    assert [call.split(" --")[0] for call in restic.calls] == [
        "cat config",
        "unlock",
        "copy aaaaaaaa bbbbbbbb",
    ]
    assert "RESTIC_FROM_REPOSITORY=/first" in restic.environment


def test_nothing_is_copied_when_nothing_is_named(restic, repository, tmp_path):
    repository.copy_from(Repository("/first", "secret password", Places(tmp_path)), [])

    assert not (tmp_path / "bin" / "log").exists()
