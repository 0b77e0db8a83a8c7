"""The command line of rsync, what is logged of its output, and what a fetch keeps."""

import os
from pathlib import Path

import pytest

from blog.twin.files import FilePull, Source, command, last_line, told
from blog.twin.kept import Kept

SOURCE = Source("rsync://me@127.0.1.1:8730/sites/", Path("/run/p"))
# Stands in for rsync, and ends with the status that the file beside it holds.
RSYNC = """#!/bin/sh
echo "$@" >>{folder}/called
exit "$(cat {folder}/status)"
"""
OUTPUT = """\
deleting one/wp-content/uploads/2026/
deleting one/wp-content/uploads/2026/dot.gif

Number of files: 1,205
Number of regular files transferred: 1,003
"""


def test_what_was_fetched_and_deleted_is_counted_and_named():
    assert told(OUTPUT, None) == (
        "fetched 1,003 files of the other VM, deleted 1 files that it does not have: "
        "one/wp-content/uploads/2026/dot.gif"
    )
    assert told("Number of regular files transferred: 0\n", None) == ""
    assert "moved to /kept 1 files that it does not have" in told(OUTPUT, Path("/kept"))


def test_only_a_few_names_are_told():
    lines = "".join(f"deleting {number}\n" for number in range(9))

    assert told(lines, None).endswith("deleted 9 files that it does not have: 0, 1, 2, 3, 4, …")


def test_a_password_is_on_no_command_line_and_caches_are_left_alone():
    found = command(SOURCE, Path("/data/sites"), None)

    assert found[-2:] == ("rsync://me@127.0.1.1:8730/sites/", "/data/sites/")
    assert "--password-file=/run/p" in found
    assert "--delete-after" in found
    assert "--exclude=/*/wp-content/cache/" in found
    assert "--backup" not in found


def test_the_reason_of_a_failure_is_its_last_line():
    assert last_line("a\nrsync error: timeout\n\n") == "rsync error: timeout"
    assert last_line("") == "no reason"


class Fetches:
    """A side that fetches by a stand-in for rsync."""

    def __init__(self, folder):
        self.folder = folder
        self.marker = folder / "files_followed"
        self.pull = FilePull(SOURCE, folder / "sites", Kept(folder / "kept"), self.marker)

    def once(self, status):
        (self.folder / "status").write_text(str(status))
        self.pull.start()
        self.pull._process.wait()
        assert not self.pull.is_running()

    def did_keep(self):
        return "--backup" in (self.folder / "called").read_text().splitlines()[-1]


@pytest.fixture
def fetches(tmp_path, monkeypatch):
    program = tmp_path / "bin" / "rsync"
    program.parent.mkdir()
    program.write_text(RSYNC.format(folder=tmp_path))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    fetches = Fetches(tmp_path)
    yield fetches
    fetches.pull._output.close()


def test_everything_is_kept_until_a_fetch_was_complete_and_nothing_after_it(fetches):
    for status in (30, 24, 0):
        fetches.once(status)
        assert fetches.did_keep()

    fetches.once(0)

    assert not fetches.did_keep()


def test_a_side_that_was_the_primary_keeps_what_only_it_has(fetches):
    fetches.once(0)
    fetches.pull.keep_from_now_on()

    fetches.once(0)

    assert fetches.did_keep()


def test_what_is_kept_is_outside_of_the_sites():
    assert "--backup-dir=/data/diverged/x/files" in command(
        SOURCE, Path("/data/sites"), Path("/data/diverged/x/files")
    )


def test_nothing_is_fetched_while_there_is_no_place_for_what_would_be_deleted(fetches):
    (fetches.folder / "kept").write_text("a file where the folder belongs")

    fetches.pull.start()

    assert not fetches.pull.is_running()
    assert "there is no folder" in fetches.pull.error
    assert not (fetches.folder / "called").exists()
