from healthcheck import schedule
from healthcheck.schedule import LastProbe


def test_it_checks_often_while_something_is_not_well() -> None:
    assert schedule.pause_seconds(all_well=False, trouble_seconds=3) <= 0.2


def test_it_checks_seldom_while_all_is_well() -> None:
    assert schedule.pause_seconds(all_well=True, trouble_seconds=0) == 1.0


def test_it_calms_down_when_the_trouble_lasts() -> None:
    assert schedule.pause_seconds(all_well=False, trouble_seconds=600) == 1.0


def test_it_probes_a_program_that_was_never_probed() -> None:
    assert schedule.is_probe_due(None, started_at=100, now=101)


def test_it_probes_again_at_once_while_a_program_is_not_well() -> None:
    assert schedule.is_probe_due(LastProbe(200, was_ok=False), started_at=100, now=200.1)


def test_it_probes_a_program_that_is_well_every_five_seconds() -> None:
    assert not schedule.is_probe_due(LastProbe(200, was_ok=True), started_at=100, now=204)
    assert schedule.is_probe_due(LastProbe(200, was_ok=True), started_at=100, now=205)


def test_it_probes_at_once_after_a_restart() -> None:
    assert schedule.is_probe_due(LastProbe(200, was_ok=True), started_at=201, now=202)


def test_it_waits_only_a_moment_for_a_program_that_has_just_started() -> None:
    assert schedule.timeout_seconds(None, started_at=100, now=101) == 0.1


def test_it_waits_longer_the_longer_a_start_takes() -> None:
    assert schedule.timeout_seconds(LastProbe(119, was_ok=False), started_at=100, now=120) == 1.0


def test_it_waits_the_longest_for_a_program_that_was_well() -> None:
    assert schedule.timeout_seconds(LastProbe(101, was_ok=True), started_at=100, now=102) == 2.0


def test_it_asks_supervisord_when_a_process_has_ended() -> None:
    assert schedule.is_supervisord_due(asked_at=100, all_well=True, all_run=False, now=101)
    assert not schedule.is_supervisord_due(asked_at=100, all_well=True, all_run=True, now=101)
    assert schedule.is_supervisord_due(asked_at=100, all_well=True, all_run=True, now=115)
