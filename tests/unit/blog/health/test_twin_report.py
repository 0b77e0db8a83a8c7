"""The line about the twin in the health report."""

from blog.health import report, twin_report
from blog.health.component import Component
from tests.unit.blog.health.test_report import HEALTHY

RUNS = Component("mariadb", "ok", "")
TOLD = {
    "role": "replica", "sentence": "is a replica and has every change", "is_problem": False,
    "seconds_behind": 0, "files_error": "", "age": 1.0, "files_age": 12.0, "kept": [],
}  # fmt: skip


def line(**changes):
    return twin_report.lines(TOLD | changes, RUNS)[0]


def test_without_a_twin_there_is_no_line():
    assert twin_report.lines(None, RUNS) == []


def test_a_replica_says_what_it_has():
    assert line().as_json() == {
        "name": "twin", "status": "ok", "role": "replica", "seconds_behind": 0,
        "sentence": "is a replica and has every change; its files were fetched 12 s ago",
    }  # fmt: skip


def test_what_was_kept_is_named_until_it_is_deleted_and_is_no_failure():
    one, another = "/data/diverged/20260301T000000Z", "/data/diverged/20260302T000000Z"

    found = line(kept=[one, another])

    assert found.status == "ok"
    assert f"what only this VM had was kept in {another} and 1 more: look" in found.sentence
    assert "then delete the folder" in line(role="primary", kept=[one]).sentence
    assert "kept" not in line(kept=[]).sentence


def test_a_problem_late_files_and_silence_have_failed():
    assert line(is_problem=True).status == "failed"
    assert line(files_age=601.0, files_error="no route").status == "failed"
    assert "(no route)" in line(files_error="no route").sentence
    assert line(age=31.0).status == "failed"
    assert twin_report.lines({}, RUNS)[0].sentence == twin_report.IS_SILENT


def test_a_primary_needs_no_files():
    assert line(role="primary", sentence="is the primary", files_age=None).status == "ok"


def test_it_waits_for_mariadb():
    assert twin_report.lines(TOLD, Component("mariadb", "failed", ""))[0].blocked_by == "mariadb"


def test_visitors_are_served_by_a_replica_that_is_behind():
    lines = report.components(HEALTHY._replace(twin=TOLD | {"is_problem": True}))

    assert report.status(lines) == "ok"


def test_a_replica_waits_for_no_installation_and_runs_no_tasks():
    replica = HEALTHY._replace(twin=TOLD, installing=frozenset({"one"}))

    found = {one.name: one for one in report.components(replica)}

    assert found["site one"].status == "ok"
    assert found["cron"].sentence == "tasks run on the VM whose blog is the primary"


def test_a_site_whose_tables_are_coming_is_starting():
    copying = HEALTHY._replace(twin=TOLD, copying=frozenset({"one"}))

    found = {one.name: one.status for one in report.components(copying)}

    assert found["site one"] == "starting"
