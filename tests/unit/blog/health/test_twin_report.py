import pytest

from blog.health.component import Component
from blog.health.twin_report import MAX_AGE_SECONDS, MAX_FILES_AGE_SECONDS, is_primary, lines

MARIADB = Component("mariadb", "ok", "accepts connections")
REPLICA = {
    "role": "replica", "sentence": "is a replica and has every change", "is_problem": False,
    "seconds_behind": 0, "files_age": 12.0, "files_error": "", "age": 1.0,
}  # fmt: skip


def line(told, mariadb=MARIADB):
    (found,) = lines(told, mariadb)
    return found


def test_without_a_twin_there_is_no_line_and_everything_is_taken_here():
    assert lines(None, MARIADB) == []
    assert is_primary(None)


def test_a_replica_says_when_its_files_came():
    found = line(REPLICA)

    assert found.status == "ok"
    assert found.sentence == "is a replica and has every change; its files were fetched 12 s ago"
    assert not is_primary(REPLICA)


@pytest.mark.parametrize(
    "told",
    [
        {},
        REPLICA | {"age": MAX_AGE_SECONDS + 1},
        REPLICA | {"is_problem": True},
        REPLICA | {"files_age": MAX_FILES_AGE_SECONDS + 1},
    ],
)
def test_what_an_operator_should_know_is_a_failure(told):
    assert line(told).status == "failed"


def test_it_waits_for_mariadb_before_anything_else():
    assert line({}, MARIADB._replace(status="failed")).status == "blocked"
