"""What a copy keeps before it deletes, on stand-ins for MariaDB and its clients."""

import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from blog.twin.copy import COMPLETE, Copy
from blog.twin.kept import Kept
from tests.harness.deadline import eventually

DUMP = f"#!/bin/sh\necho '{COMPLETE.decode()}'\n"
DUMP_DATABASE = """#!/bin/sh
umask 0077
[ "$1" != broken ] || { echo "disk full" >&2; exit 1; }
echo "rows of $1" >"$2"
"""
LOAD = "#!/bin/sh\ncat >/dev/null\n"


class Server:
    """Its databases, and how large they are."""

    file = "/dev/null"

    def __init__(self, *names):
        self.names, self.size = list(names), 100

    def schemas(self):
        return self.names

    site_schemas = schemas

    def size_bytes(self):
        return self.size

    def empty(self):
        self.names = []

    def take_history(self):
        return "1-1-7"


class Side:
    def __init__(self, folder):
        self.own, self.other = Server("one", "two"), Server("one")
        self.marker, self.kept = folder / "copy_awaited", Kept(folder / "diverged")
        self.copy = Copy(self.own, self.other, self.kept, self.marker, folder / "lock")

    def copies(self):
        self.copy.start()
        self.copy._thread.join()

    def kept_files(self):
        return [file for path in self.kept.paths() for file in sorted(path.iterdir())]


@pytest.fixture
def side(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("mariadb-dump", DUMP), ("dump_database", DUMP_DATABASE), ("mariadb", LOAD)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return Side(tmp_path)


def test_what_is_here_is_dumped_before_it_is_replaced(side):
    side.copies()

    assert [file.name for file in side.kept_files()] == ["one.sql.gz", "two.sql.gz"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in side.kept_files()] == [0o600] * 2
    assert side.own.names == []
    assert side.copy.is_complete
    assert side.copy.error == ""


def test_a_dump_that_fails_leaves_everything_as_it_is(side):
    side.own.names = ["one", "broken"]

    side.copies()

    assert side.own.names == ["one", "broken"]
    assert side.copy.is_complete
    assert side.kept_files() == []
    assert "so nothing was deleted: the dump of broken ended with 1 (disk full)" in side.copy.error


def test_without_room_nothing_is_deleted_and_once_there_is_the_reason_goes(side):
    side.own.size = 1 << 60
    side.copies()
    assert "nothing was deleted" in side.copy.error
    assert "make room" in side.copy.error
    assert side.own.names == ["one", "two"]

    side.own.size = 100
    side.copies()

    assert side.copy.error == ""
    assert side.own.names == []


def test_half_a_copy_and_a_new_side_have_nothing_to_keep(side):
    side.marker.touch()
    side.copies()
    assert side.kept_files() == []

    side.copies()

    assert side.kept_files() == []


def test_a_copy_that_is_cancelled_before_it_loads_ends_at_once(side, monkeypatch):
    program = shutil.which("mariadb-dump")
    Path(program).write_text("#!/bin/sh\nexec sleep 60\n")
    emptied, may_load = threading.Event(), threading.Event()

    def empty():
        emptied.set()
        may_load.wait(60)

    monkeypatch.setattr(side.own, "empty", empty)
    side.copy.start()
    assert emptied.wait(10)

    cancelled = threading.Thread(target=side.copy.cancel)
    cancelled.start()
    eventually(lambda: side.copy._is_cancelled, 5, "it is cancelled")
    may_load.set()

    eventually(lambda: not cancelled.is_alive(), 10, "nothing is loaded any more")
    assert not side.copy.is_complete
    assert "before it was complete" in side.copy.error
