import pytest

from qlines.backup_record import Backup
from qlines.cli.__main__ import make_parser
from qlines.cli.backup import backup_json, run_create, run_drill, run_restore

MADE = Backup("36ff6a32", 1_795_662_720.5, 9.0, 18_000_000, 2_000, {"devices": 20})


def test_a_backup_is_printed_with_its_time_in_both_forms():
    assert backup_json(MADE) == {
        "id": "36ff6a32",
        "at": 1_795_662_720_500,
        "time": "2026-11-26T03:12:00Z",
        "seconds": 9.0,
        "bytes": 18_000_000,
        "bytes_added": 2_000,
        "counts": {"devices": 20},
        "missing": (),
    }


@pytest.mark.parametrize(
    ("words", "run"),
    [
        ("create --scheduled", run_create),
        ("create --accept-smaller --json", run_create),
        ("drill", run_drill),
        ("drill 36ff6a32 --scheduled", run_drill),
        ("restore latest --only device:64b0 --yes", run_restore),
    ],
)
def test_the_words_of_the_runbook_and_of_the_scheduler_are_understood(words, run):
    assert make_parser().parse_args(["backup", *words.split()]).run is run


def test_a_restore_needs_an_id(capsys):
    with pytest.raises(SystemExit):
        make_parser().parse_args(["backup", "restore"])

    assert "ID" in capsys.readouterr().err
