"""/backups: what an admin reads there, in every state of the backups."""

import re
from dataclasses import replace

import pytest

from qlines import backup_record
from qlines.backup_record import Backup, Drill, Failure, Record, Restore
from qlines.backup_schedule import Plan

NOW = 1_800_000_000.0  # Friday 2027-01-15 08:00 UTC
HOUR, DAY = 3600.0, 86_400.0
GOOD = Backup(
    "1f2e3d", NOW - 3 * HOUR, 9.2, 18_400_000, 900_000, {"devices": 1200}, ("MongoDB is elsewhere",)
)
PROVEN = Drill("0a0b0c", NOW - 5 * DAY, ok=True, seconds=41.0, data_age_seconds=6 * HOUR)
WHOLE = Record(GOOD, None, PROVEN, PROVEN, first_at=NOW - 9 * DAY, first_good_at=NOW - 9 * DAY)


@pytest.fixture
def page(world, carol):
    """Return the text of the page for a record and, if given, another plan or a restore."""

    def show(record=None, **changed):
        if record:
            backup_record.write(world.deps.data_dir, record)
        world.app.extensions["qlines"] = replace(world.deps, **changed)
        answer = carol.get("/backups")
        assert answer.status_code == 200
        # The script shows these times in the viewer's zone.
        return re.sub(r"</?time[^>]*>", "", answer.text)

    return show


def test_it_shows_the_last_backup_the_last_proven_restore_and_the_next_runs(page):
    text = page(WHOLE)

    for shown in (
        "today 05:00 UTC, 3 h ago", "18 MB, 900 KB of it new", "1,200", "1f2e3d",
        "MongoDB is elsewhere",
        "Sunday 08:00 UTC, 5 d ago", "41 s", "6 h old at that time",
        "today 11:00 UTC, in 3 h (every 6 h)", "Sunday 08:00 UTC, in 2 d (every 7 d)",
        "None since the last good run.",
    ):  # fmt: skip
        assert shown in text
    assert "alert-danger" not in text


def test_a_new_appliance_says_what_comes_first(page):
    text = page(Record(first_at=NOW - 60))

    assert "There is no good backup yet." in text
    assert "No restore is proven yet." in text
    assert "today 08:09 UTC, in 9 min (every 6 h)" in text
    assert "after the first good backup (every 7 d)" in text


def test_it_shows_a_page_before_anything_was_noted(page):
    assert "There is no good backup yet." in page()


def test_a_failure_is_red_with_its_cause_and_its_remedy(page):
    text = page(WHOLE._replace(failure=Failure("create", NOW - 60, "no space is left on <disk>")))

    assert "alert-danger" in text
    assert "The last backup failed today 07:59: no space is left on &lt;disk&gt;" in text
    assert "Try it again: <code>docker exec qlines qlines backup create</code>" in text


def test_a_drill_that_failed_is_shown_beside_a_backup_that_did(page):
    failed = PROVEN._replace(ok=False, reason="devices: 1 of 2")
    text = page(WHOLE._replace(failure=Failure("create", NOW, "no space"), last_drill=failed))

    assert text.count("alert-danger") == 2
    assert "<code>docker exec qlines qlines backup drill</code>" in text


def test_what_is_overdue_runs_now(page):
    text = page(WHOLE._replace(last_good=GOOD._replace(at=NOW - 13 * HOUR)))

    assert "The last good backup is 13 h old" in text
    assert "now (every 6 h)" in text


def test_what_is_off_says_so_and_has_no_next_run(page):
    text = page(WHOLE, backup_plan=Plan(None, None))

    assert "Backups are off (QLINES_BACKUP_EVERY)." in text
    assert "Restore drills are off (QLINES_DRILL_EVERY)." in text
    assert "None.</div>" in text


def test_it_says_where_no_backups_run_by_themselves(page):
    assert "No backups run by themselves here" in page(WHOLE, backup_plan=None)


def test_a_restore_that_runs_is_shown(world, page):
    backup_record.write_restore(world.deps.data_dir, Restore(NOW, "loading", "restoring 1f2e3d"))

    assert "A restore is running: restoring 1f2e3d" in page(WHOLE)


def test_it_says_how_to_restore(page):
    assert "docker exec qlines qlines backup restore ID --yes" in page(WHOLE)


def test_only_an_admin_has_the_link_and_may_read_it(alice, carol):
    assert 'href="/backups"' in carol.browser().get("/devices").text
    assert 'href="/backups"' not in alice.browser().get("/devices").text
    assert alice.get("/backups").status_code == 403
