"""How the other programs see the role."""

import pytest

from blog.twin.marks import RunMarks
from blog.twin.view import Role


@pytest.fixture
def run(tmp_path):
    for folder in ("twin", "sites/one"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def marks_of(run):
    return (run / "twin" / "role").read_text(), {file.name for file in run.glob("sites/one/*")}


def test_a_primary_has_no_marks(run):
    marks = RunMarks(run, ["one"])
    marks.put(Role.READ_ONLY, is_complete=False)
    assert marks_of(run) == ("read-only\n", {"read-only", "copying"})

    marks.put(Role.PRIMARY, is_complete=True)

    assert marks_of(run) == ("primary\n", set())


def test_a_replica_says_that_it_is_read_only(run):
    RunMarks(run, ["one"]).put(Role.REPLICA, is_complete=True)

    assert marks_of(run) == ("replica\n", {"read-only"})
