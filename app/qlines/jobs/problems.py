"""Which problems of a health report are worth a message to the operator, and when; pure.

A problem is *raised* once it was in every report for BAD, and *cleared* once it was in none for
GOOD, each once. One that comes and goes sooner is forgotten without a message.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

BAD = GOOD = timedelta(minutes=1)
CHECKER = "program healthd"
# The operator does it at this moment: see the sentences of healthcheck.
EXPECTED = ("a restore has been running", "a move to other stores", "everything has moved")
# The sentence about a program, such as "kafka (failed): ended repeatedly".
PROGRAM = re.compile(r"(\w+) \((\w+)\): ")
# The first words of another sentence: numbers and days that follow change while it is the same.
BEGINNING = re.compile(r"[^\s\d]+(?: [^\s\d]+){0,3}")


class Problem(NamedTuple):
    """A problem by its *key*, which stays when numbers in its sentence change.

    *since* is when it came, *raised_at* when a message said so, None before; *gone_since* is when
    it went, None while it is there.
    """

    key: str
    sentence: str
    remedy: str
    since: datetime
    raised_at: datetime | None = None
    gone_since: datetime | None = None


class Judgement(NamedTuple):
    """The problems to remember, and those about which a message is sent."""

    problems: tuple[Problem, ...]
    raised: tuple[Problem, ...] = ()
    cleared: tuple[Problem, ...] = ()


def found_in(report: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return sentence and remedy of each problem of a deep report, by key.

    A program that starts, or waits for another one, is not a problem of its own.
    """
    remedies = report.get("remedies", {})
    found: dict[str, tuple[str, str]] = {}
    for sentence in report.get("problems", ()):
        program = PROGRAM.match(sentence)
        is_its_own = program is None or program[2] == "failed"
        if is_its_own and not sentence.startswith(EXPECTED):
            beginning = BEGINNING.match(sentence)
            key = f"program {program[1]}" if program else beginning[0] if beginning else sentence
            found.setdefault(key, (sentence, remedies.get(sentence, "")))
    return found


def judge(
    before: Iterable[Problem], found: Mapping[str, tuple[str, str]], now: datetime
) -> Judgement:
    """Compare what was remembered with what is found now."""
    known = {problem.key: problem for problem in before}
    there = [_seen(known.get(key), key, words, now) for key, words in found.items()]
    raised = tuple(problem for problem in there if problem.raised_at == now)
    away = [
        problem._replace(gone_since=problem.gone_since or now)
        for key, problem in known.items()
        if key not in found and problem.raised_at
    ]
    cleared = tuple(
        problem for problem in away if problem.gone_since and now - problem.gone_since >= GOOD
    )
    kept = (*there, *(problem for problem in away if problem not in cleared))
    return Judgement(tuple(sorted(kept)), raised, cleared)


def _seen(problem: Problem | None, key: str, words: tuple[str, str], now: datetime) -> Problem:
    if problem is None:
        return Problem(key, *words, since=now)
    if problem.raised_at:
        return problem._replace(gone_since=None)
    if now - problem.since < BAD:
        return problem
    sentence, remedy = words
    return problem._replace(sentence=sentence, remedy=remedy, raised_at=now)


def unanswered(before: Iterable[Problem]) -> dict[str, tuple[str, str]]:
    """Return what is found while the health checker does not answer: what was there still is."""
    silent = ("the health checker does not answer", "Read its last lines in `docker logs`")
    return {one.key: (one.sentence, one.remedy) for one in before if not one.gone_since} | {
        CHECKER: silent
    }


def message_raised(place: str, problem: Problem) -> tuple[str, str]:
    """Return subject and text of the message that a problem is there; *place* is a twin, a node."""
    text = f"{problem.sentence}\n{problem.remedy}".strip()
    return f"QLines{place}: {_first_words(problem.sentence)}", text


def message_cleared(place: str, problem: Problem) -> tuple[str, str]:
    """Return subject and text of the message that a problem is gone."""
    return f"QLines{place}, over: {_first_words(problem.sentence)}", f"Over: {problem.sentence}"


def _first_words(sentence: str) -> str:
    return sentence if len(sentence) <= 100 else f"{sentence[:99]}…"
