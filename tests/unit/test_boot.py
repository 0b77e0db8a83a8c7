import subprocess
from pathlib import Path

import pytest

from qlines import boot, move_record
from qlines.programs import NAMES
from qlines.settings import Settings

NOW = 1_800_000_000.0


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path


def test_it_starts_the_programs_of_the_roles(tmp_path: Path) -> None:
    file = tmp_path / "roles"
    file.write_text(" redis , healthd\n")
    settings = Settings.from_env({"QLINES_ROLES_FILE": str(file)})

    lines = boot.start_flags(settings.roles, is_safe_mode=False).splitlines()

    assert len(lines) == len(NAMES) + 1
    assert "export START_REDIS=true" in lines
    assert "export START_HEALTHD=true" in lines
    assert "export START_MONGODB=false" in lines
    assert lines[-1] == "ROLES='redis healthd'"


def test_in_safe_mode_it_starts_the_health_checker_only() -> None:
    lines = boot.start_flags(frozenset({"kafka"}), is_safe_mode=True).splitlines()

    assert [line for line in lines if "true" in line] == ["export START_HEALTHD=true"]


def test_a_shell_takes_the_flags_as_they_are() -> None:
    flags = boot.start_flags(frozenset(NAMES), is_safe_mode=False)

    printed = subprocess.run(
        ["sh", "-euc", f"{flags}\necho $START_KAFKA $ROLES"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert printed.stdout.split() == ["true", *NAMES]


def test_it_prints_no_flags_when_a_setting_is_invalid(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", {"QLINES_ROLES": "webserver"})

    assert boot.main() == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("QLINES_ROLES must be 'all' or a comma-separated list of links,")


def test_it_passes_the_files_of_secrets_instead_of_their_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    env = {"QLINES_SMTP_URL": "smtp://me:a-mail-password@host"}
    folders = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_RUN_DIR": str(tmp_path / "run")}
    monkeypatch.setattr("os.environ", env | folders)

    assert boot.main() == 0
    printed = capsys.readouterr().out
    assert f"export QLINES_SMTP_URL_FILE='{tmp_path}/run/secrets/smtp_url'\n" in printed
    assert "unset QLINES_SMTP_URL;" in printed
    assert "a-mail-password" not in printed


def test_the_sixth_failed_start_within_an_hour_holds_in_safe_mode(data_dir: Path) -> None:
    (data_dir / boot.WHY_IT_ENDED).write_text(
        "2026-01-01 00:00:00Z  kafka could not be started. Its last lines:\n    no space left\n\n"
    )

    seen = [boot.note_boot(data_dir, NOW + 60 * number) for number in range(7)]

    assert seen[:5] == [None] * 5
    assert seen[5] is not None
    assert "5 starts within an hour failed" in seen[5]
    assert '"2026-01-01 00:00:00Z  kafka could not be started."' in seen[5]
    assert seen[6] is None  # the restart after safe mode is a new attempt


def test_failed_starts_longer_than_an_hour_ago_do_not_count(data_dir: Path) -> None:
    seen = [boot.note_boot(data_dir, NOW + 900 * number) for number in range(20)]

    assert seen == [None] * 20


def test_an_orderly_stop_begins_the_count_again(data_dir: Path) -> None:
    for number in range(5):
        boot.note_boot(data_dir, NOW + number)
    (data_dir / boot.STOPPED_IN_ORDER).touch()

    assert boot.note_boot(data_dir, NOW + 10) is None
    assert not (data_dir / boot.STOPPED_IN_ORDER).exists()
    assert boot.read_boots(data_dir / boot.BOOTS) == [NOW + 10]


def test_a_clock_that_was_set_back_does_not_keep_old_starts() -> None:
    boots = boot.count([NOW + 3600] * 5, NOW, was_stopped_in_order=False)

    assert boots == ([NOW], False)


def test_a_torn_line_is_no_start(tmp_path: Path) -> None:
    file = tmp_path / "boots"
    file.write_text("1800000000\n\0\0\0\nx\n")

    assert boot.read_boots(file) == [NOW]


def test_without_a_reason_it_points_to_the_log(data_dir: Path) -> None:
    assert "(see its log)" in boot.why_safe_mode(boot.last_reason(data_dir / boot.WHY_IT_ENDED))


def test_a_full_disk_does_not_keep_it_from_starting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    environment = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_RUN_DIR": str(tmp_path)}
    monkeypatch.setattr("os.environ", environment)

    def fails(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(boot, "note_boot", fails)

    assert boot.main() == 0
    printed = capsys.readouterr()
    assert "export START_HEALTHD=true" in printed.out
    assert "not counted towards safe mode: [Errno 28] No space left on device" in printed.err


def test_it_does_not_start_beside_stores_from_which_everything_has_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QLINES_DATA_DIR", str(tmp_path))
    here = Settings.from_env({"QLINES_DATA_DIR": str(tmp_path)}).stores
    moved = move_record.Record(move_record.MOVED, here, here | {"kafka": "kafka:9092"})
    move_record.write(tmp_path, moved)

    assert boot.main() == 2

    printed = capsys.readouterr()
    assert "QLines does not start: its data have moved to kafka kafka:9092" in printed.err
    assert printed.out == ""


def test_a_start_ends_a_switch_that_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_RUN_DIR": str(tmp_path)}
    monkeypatch.setattr("os.environ", environment)
    here = Settings.from_env(environment).stores
    switching = move_record.Record(move_record.SWITCHING, here, here | {"kafka": "kafka:9092"})
    move_record.write(tmp_path, switching)

    assert boot.main() == 0

    record = move_record.read(tmp_path)
    assert record is not None
    assert move_record.in_the_way(record, here) == ""
