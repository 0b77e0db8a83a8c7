import pytest

from healthcheck.check_processes_and_ports import lines, main, print_lines
from healthcheck.observations import Process

KAFKA = frozenset({"kafka"})


def test_it_prints_the_lines_that_operators_know(capsys: pytest.CaptureFixture[str]) -> None:
    report = lines(
        KAFKA, {"kafka": Process("RUNNING", pid=7)}, frozenset({7}), frozenset({9092, 9093})
    )

    status = print_lines(report)

    assert status == 0
    assert capsys.readouterr().out == (
        "Process 'kafka' is OK and running\n"
        "Port 9092 is open on 127.0.0.1.    Process: kafka\n"
        "Port 9093 is open on 127.0.0.1.    Process: kafka\n"
    )


def test_it_fails_when_a_port_is_closed(capsys: pytest.CaptureFixture[str]) -> None:
    report = lines(KAFKA, {"kafka": Process("RUNNING", pid=7)}, frozenset({7}), frozenset({9093}))

    assert print_lines(report) == 1
    assert "Port 9092 is NOT open on 127.0.0.1.    Process: kafka\n" in capsys.readouterr().out


def test_it_fails_when_a_process_has_ended_that_supervisord_believes_to_run() -> None:
    report = lines(
        KAFKA, {"kafka": Process("RUNNING", pid=7)}, frozenset(), frozenset({9092, 9093})
    )

    assert report[0] == (False, "Process 'kafka' is NOT OK: supervisord says RUNNING")


def test_it_fails_when_supervisord_gave_up() -> None:
    report = lines(KAFKA, {"kafka": Process("FATAL")}, frozenset(), frozenset())

    assert report[0] == (False, "Process 'kafka' is NOT OK: supervisord says FATAL")


def test_it_takes_a_one_shot_that_is_done_for_well() -> None:
    report = lines(frozenset({"init"}), {"init": Process("EXITED")}, frozenset(), frozenset())

    assert report == [(True, "Process 'init' is OK and has done its work")]


def test_it_asks_only_about_the_programs_of_this_container() -> None:
    assert lines(frozenset(), {}, frozenset(), frozenset()) == []


def test_its_help_says_why_old_lines_are_gone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["check_processes_and_ports.py", "--help"])

    with pytest.raises(SystemExit) as ended:
        main()

    printed = capsys.readouterr().out
    assert ended.value.code == 0
    assert "2181 (ZooKeeper)" in printed
    assert "ClickHouse watchdog" in printed
