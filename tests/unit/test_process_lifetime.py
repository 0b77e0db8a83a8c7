"""A process of repeatable work is killed first when memory runs out."""

import multiprocessing
import os
from pathlib import Path

from qlines.process_lifetime import die_first_of_memory


def test_the_kernel_kills_repeatable_work_before_a_store() -> None:
    before = Path("/proc/self/oom_score_adj").read_text()
    job = multiprocessing.get_context("fork").Process(target=_assert_it_dies_first)

    job.start()
    job.join()

    assert job.exitcode == 0
    assert Path("/proc/self/oom_score_adj").read_text() == before


def test_a_score_that_is_higher_already_stays(tmp_path: Path) -> None:
    score = tmp_path / "oom_score_adj"
    score.write_text("939\n")
    score.chmod(0o444)

    die_first_of_memory(score)

    assert score.read_text() == "939\n"


def _assert_it_dies_first() -> None:
    die_first_of_memory()
    if int(Path("/proc/self/oom_score_adj").read_text()) != 500:
        os._exit(1)
