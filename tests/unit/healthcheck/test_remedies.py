"""What to do about each problem of the report."""

import re
from pathlib import Path

import pytest

from healthcheck import remedies

README = Path(__file__).resolve().parents[3] / "healthcheck" / "README.md"
# These sentences say themselves what to do, or in which line it is.
WITH_THEIR_OWN = ("the last backup failed", "the last good backup is", "the disk is 91 % full")


def documented() -> list[str]:
    """Return the sentences of the README's table, each as a problem of the report has it."""
    table = README.read_text().partition("| sentence | means | look at |\n|---|---|---|\n")[2]
    sentences = [
        sentence
        for row in table.partition("\n\n")[0].splitlines()
        for sentence in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    ]
    return [
        f"kafka (blocked): {sentence}" if sentence.startswith("waiting") else f"kafka: {sentence}"
        for sentence in sentences
    ]


def test_the_readme_has_sentences() -> None:
    assert len(documented()) > 20


@pytest.mark.parametrize("problem", documented())
def test_every_sentence_of_the_readme_has_a_remedy(problem: str) -> None:
    has_its_own = any(start in problem for start in WITH_THEIR_OWN)

    assert bool(remedies.remedy(problem)) != has_its_own


def test_what_waits_for_another_program_needs_nothing() -> None:
    problem = "writer (blocked): waiting for kafka (ended with status 1 and was not restarted)"

    assert remedies.remedy(problem).startswith("Nothing")


def test_it_leaves_out_problems_without_a_remedy() -> None:
    problems = ["kafka (starting): port 9092 is closed", "something that nobody has seen before"]

    assert remedies.of(problems) == {
        "kafka (starting): port 9092 is closed": "Wait a minute: it still has time to start"
    }
