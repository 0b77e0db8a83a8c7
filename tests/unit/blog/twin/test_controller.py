"""What the controller does with its decisions, on stand-ins for MariaDB, rsync and the proxy."""

import json

import pytest

from blog.twin.controller import COPY_EVERY_SECONDS, Controller, Parts
from blog.twin.kept import Kept
from blog.twin.mariadb import MariadbError
from blog.twin.role import Word
from blog.twin.view import Database, Replication, Role

FOLLOWING = Replication(is_receiving=True, is_connected=True, is_applying=True, seconds_behind=0)

# What an upload adds is to be kept before the first one comes.
OPENS = ["files ends", "keep from now on", "open"]


class Server:
    def __init__(self, database):
        self.database = database
        self.log = []

    def look(self):
        if self.database is None:
            raise MariadbError("it is away")
        return self.database

    def fence(self):
        self.log.append("fence")
        self.database = self.database._replace(is_writable=False)

    def open(self):
        self.log.append("open")
        self.database = self.database._replace(is_writable=True, replication=None)

    def follow(self, other):
        self.log.append(f"follow {other['host']}")
        self.database = self.database._replace(replication=FOLLOWING)

    def run(self, sql):
        self.log.append(sql)
        stopped = FOLLOWING._replace(is_receiving=False, is_connected=False)
        self.database = self.database._replace(replication=stopped)


class Work:
    """Stands in for both a copy and a fetch of files."""

    def __init__(self, log, name):
        self._log, self._name = log, name
        self.running = False
        self.is_complete = True
        self.progress, self.error, self.succeeded_at = "1 of 2 MB", "", None

    @property
    def is_running(self):
        return self.running

    def keep_from_now_on(self):
        self._log.append("keep from now on")

    def start(self):
        self._log.append(f"{self._name} starts")
        self.running = True

    def cancel(self):
        self._log.append(f"{self._name} ends")
        self.running = False


class Pulling(Work):
    def is_running(self):
        return self.running


class Marks:
    def __init__(self):
        self.last = None

    def put(self, role, *, is_complete):
        self.last = role, is_complete


class Side:
    def __init__(self, folder, own):
        self.now = 1000.0
        self.role = Role.REPLICA
        self.own, self.other, self.marks = Server(own), Server(None), Marks()
        self.copy, self.files = Work(self.own.log, "copy"), Pulling(self.own.log, "files")
        self.state_file = folder / "state.json"
        parts = Parts(
            self.own, self.other, {"host": "127.0.1.2"}, self.copy, self.files,
            Kept(folder / "diverged"), self.marks, self.state_file,
        )  # fmt: skip
        self._controller = Controller(parts, 60.0, lambda: self.now)

    def passes(self, role):
        self.own.log.clear()
        self._controller.pass_once(lambda: Word(role, "so it is", self.now + 9))
        return list(self.own.log)

    def told(self):
        return json.loads(self.state_file.read_text())


@pytest.fixture
def side(tmp_path):
    return Side(tmp_path, Database(is_writable=False, position="1-1-5"))


def test_a_primary_that_loses_its_role_is_fenced_and_says_so(side):
    side.passes(Role.PRIMARY)
    assert side.marks.last == (Role.PRIMARY, True)

    assert side.passes(Role.READ_ONLY) == ["fence"]
    assert side.marks.last == (Role.READ_ONLY, True)
    assert side.told()["sentence"] == "is read-only: so it is"


def test_a_replica_fetches_files_at_the_interval(side):
    side.other.database = Database(is_writable=True, position="1-1-5")
    assert side.passes(Role.REPLICA) == ["follow 127.0.1.2", "files starts"]
    side.files.running = False

    side.now += 59
    assert side.passes(Role.REPLICA) == []
    side.now += 1
    assert side.passes(Role.REPLICA) == ["files starts"]


def test_a_planned_switch_fetches_the_last_files_before_it_takes_changes(side):
    side.own.database = side.own.database._replace(replication=FOLLOWING)
    side.other.database = Database(is_writable=False, position="1-1-5")

    assert side.passes(Role.PRIMARY) == ["STOP REPLICA IO_THREAD", "files ends", "files starts"]
    assert side.passes(Role.PRIMARY) == []
    side.files.running = False

    assert side.passes(Role.PRIMARY) == OPENS


def test_files_that_do_not_come_do_not_hold_up_a_switch_for_ever(side):
    side.own.database = side.own.database._replace(replication=FOLLOWING)
    side.other.database = Database(is_writable=False, position="1-1-5")
    side.passes(Role.PRIMARY)

    side.now += 121

    assert side.passes(Role.PRIMARY) == ["files ends", *OPENS]


def test_without_the_other_side_it_takes_changes_at_once(side):
    side.own.database = side.own.database._replace(replication=FOLLOWING)

    assert side.passes(Role.PRIMARY) == ["STOP REPLICA IO_THREAD", *OPENS]


def test_a_copy_is_begun_again_after_a_while(side):
    side.own.database = side.own.database._replace(position="")
    side.other.database = Database(is_writable=True, position="1-2-5")
    assert side.passes(Role.REPLICA) == ["copy starts"]
    assert "1 of 2 MB" in side.told()["sentence"]
    side.copy.running = False

    assert side.passes(Role.REPLICA) == []
    side.now += COPY_EVERY_SECONDS
    assert side.passes(Role.REPLICA) == ["copy starts"]


def test_while_mariadb_is_away_the_reason_is_told(side):
    side.own.database = None

    assert side.passes(Role.PRIMARY) == []
    assert side.told()["is_problem"]
    assert "it is away" in side.told()["sentence"]
