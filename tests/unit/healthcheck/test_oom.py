from collections.abc import Iterable
from pathlib import Path

from healthcheck import oom
from healthcheck.probes.oom import kills

AT = 1_800_000_000.0


def note(
    state: oom.State, count: int | None, now: float, otherwise: Iterable[str] = (), **pids: int
) -> oom.State:
    families = {name: frozenset({pid}) for name, pid in pids.items()}
    return oom.note(state, count, families, otherwise, now=now, at=AT + now)


def test_the_program_that_lost_a_process_when_the_kernel_killed_one_is_the_victim() -> None:
    state = note(oom.State(), 0, 1, kafka=7, writer=8)

    state = note(state, 1, 2, kafka=9, writer=8)

    assert [(victim.name, victim.at) for victim in state.victims] == [("kafka", AT + 2)]
    assert oom.sentence(state.victims[0]).startswith("the kernel killed a process of kafka because")


def test_the_count_may_be_seen_before_the_loss_or_after_it() -> None:
    before = note(note(note(oom.State(), 0, 1, kafka=7), 1, 2, kafka=7), 1, 3, kafka=9)
    after = note(note(note(oom.State(), 0, 1, kafka=7), 0, 2, kafka=9), 1, 3, kafka=9)

    assert [victim.name for victim in before.victims] == ["kafka"]
    assert [victim.name for victim in after.victims] == ["kafka"]


def test_a_program_that_ends_without_the_kernel_is_no_victim() -> None:
    state = note(note(oom.State(), 0, 1, kafka=7), 0, 2, kafka=9)

    assert state.victims == ()


def test_what_the_checker_itself_has_restarted_is_no_victim() -> None:
    state = note(note(oom.State(), 0, 1, kafka=7), 1, 2, ["kafka"], kafka=9)
    state = note(state, 1, 8, kafka=9)

    assert [victim.name for victim in state.victims] == [oom.UNKNOWN_VICTIM]


def test_what_had_done_its_work_just_before_is_no_victim() -> None:
    state = note(note(oom.State(), 0, 1, init=7, rqworker=8), 0, 2, rqworker=8)

    state = note(state, 1, 3, ["init"], rqworker=9)

    assert [victim.name for victim in state.victims] == ["rqworker"]


def test_earlier_kills_do_not_count_when_the_checker_starts() -> None:
    assert note(note(oom.State(), 5, 1, kafka=7), 5, 2, kafka=9).victims == ()


def test_a_victim_is_forgotten_after_ten_minutes() -> None:
    state = note(note(oom.State(), 0, 1, kafka=7), 1, 2, kafka=9)

    assert note(state, 1, 700, kafka=9).victims == ()


def test_it_reads_the_count_of_both_versions_of_cgroups(tmp_path: Path) -> None:
    new, old, missing = tmp_path / "memory.events", tmp_path / "oom_control", tmp_path / "none"
    new.write_text("low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n")
    old.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 4\n")

    assert kills((new,)) == 2
    assert kills((missing, old)) == 4
    assert kills((missing,)) is None
