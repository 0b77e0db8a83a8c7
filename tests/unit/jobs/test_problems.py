"""A problem of the health report is raised after a minute and cleared after a minute, each once."""

from datetime import UTC, datetime, timedelta

import pytest

from qlines.jobs.problems import (
    CHECKER,
    found_in,
    judge,
    message_cleared,
    message_raised,
    unanswered,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
KAFKA = "kafka (failed): ended repeatedly"
FOUND = found_in({"problems": [KAFKA], "remedies": {KAFKA: "Read its last lines"}})


def told(*reports, every_seconds=30):
    """Return what was raised and cleared by each of the reports, one after the other."""
    problems, words = (), []
    for number, found in enumerate(reports):
        now = START + timedelta(seconds=number * every_seconds)
        problems, raised, cleared = judge(problems, found, now)
        words.append([*(f"+{one.key}" for one in raised), *(f"-{one.key}" for one in cleared)])
    return words


def test_it_is_raised_after_a_minute_and_once():
    assert told(FOUND, FOUND, FOUND, FOUND, FOUND) == [[], [], ["+program kafka"], [], []]


def test_what_is_gone_sooner_is_forgotten():
    assert told(FOUND, FOUND, {}, FOUND, FOUND, {}) == [[]] * 6


def test_it_is_cleared_a_minute_after_it_went_and_once():
    raised = [FOUND] * 3

    assert told(*raised, {}, {}, {}, {})[3:] == [[], [], ["-program kafka"], []]


def test_one_that_comes_back_within_a_minute_was_never_gone():
    assert told(*[FOUND] * 3, {}, FOUND, {}, {}, FOUND)[3:] == [[]] * 5


def test_after_it_was_cleared_it_is_raised_again():
    assert told(*[FOUND] * 3, *[{}] * 3, *[FOUND] * 3)[-1] == ["+program kafka"]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("the disk is 97 % full, 68 MB are free", "the disk is 98 % full, 1.2 MB are free"),
        ("the last backup failed today 05:00: x", "the last backup failed yesterday 05:00: x"),
        ("kafka (failed): hangs", KAFKA),
    ],
)
def test_a_sentence_whose_numbers_and_days_change_is_one_problem(earlier, later):
    assert found_in({"problems": [earlier]}).keys() == found_in({"problems": [later]}).keys()


@pytest.mark.parametrize(
    "sentence",
    [
        "ingest (blocked): waiting for kafka", "gunicorn (starting): it still has time",
        "a restore has been running since today 05:00",
    ],
)  # fmt: skip
def test_what_is_expected_or_follows_from_another_one_is_not_a_problem_of_its_own(sentence):
    assert found_in({"problems": [sentence]}) == {}


def test_a_checker_that_does_not_answer_is_a_problem_and_ends_no_other_one():
    problems = judge((), FOUND, START).problems

    assert unanswered(problems).keys() == {"program kafka", CHECKER}


def test_the_message_says_what_it_is_what_to_do_and_where():
    (problem,) = judge((), FOUND, START).problems

    assert message_raised(", node-1", problem) == (
        f"QLines, node-1: {KAFKA}", f"{KAFKA}\nRead its last lines",
    )  # fmt: skip
    assert message_cleared("", problem) == (f"QLines, over: {KAFKA}", f"Over: {KAFKA}")
