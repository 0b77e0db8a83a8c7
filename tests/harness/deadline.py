"""Wait for something to become true, with a deadline and a reason; no test sleeps a fixed time."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import requests

T = TypeVar("T")

# How many times longer every deadline and every test may be on a machine that is busy.
PATIENCE = float(os.environ.get("QLINES_TEST_PATIENCE", "1"))

# What one test may take; pytest-timeout ends it then, without a reason.
TEST_SECONDS = 300
# The longest deadline: a test should end by its deadline, which has a reason, and not by timeout.
MAX_DEADLINE_SECONDS = 240

# Many conditions start a program in a container, which takes half a second of a core.
MAX_PAUSE_SECONDS = 2.0

# A port that nobody listens on yet, or a connection cut by a restart, is "not yet".
NOT_YET = (requests.RequestException, ConnectionError)


class DeadlineError(AssertionError):
    """A condition did not become true in time: the machine may be busy, or the product broken."""


def eventually(
    condition: Callable[[], T], seconds: float, why: str, *, pause_seconds: float = 0.1
) -> T:
    """Return the first true value of *condition*; raise DeadlineError with *why* after *seconds*.

    Between two questions it pauses twice as long as one takes, up to MAX_PAUSE_SECONDS, so that
    asking does not take the machine from what is waited for. An AssertionError inside *condition*
    is a wrong value: it is raised at once.
    """
    if seconds > MAX_DEADLINE_SECONDS:
        raise ValueError(f"a deadline must be at most {MAX_DEADLINE_SECONDS} s, got {seconds}")
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        asked_at = time.monotonic()
        try:
            last: object = condition()
            if last:
                return last  # type: ignore[return-value]
        except NOT_YET as error:
            last = error
        if time.monotonic() > deadline:
            raise DeadlineError(f"{why}: not within {in_words(seconds)}; last seen: {last!r}")
        took_seconds = time.monotonic() - asked_at
        time.sleep(max(pause_seconds, min(2 * took_seconds, MAX_PAUSE_SECONDS)))


def stays(condition: Callable[[], object], seconds: float, why: str) -> None:
    """Fail as soon as *condition* is no longer true within *seconds*.

    Patience does not make this longer: it is for what must come, and this is waited for to the end
    in every run. A wrong event that a busy machine shows too late is seen on a quiet one.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"{why}: no longer true within {seconds:g} s"
        time.sleep(0.1)


def assert_none_lost(
    acknowledged: set[int], stored: Callable[[], set[int]], *, seconds: float = 60
) -> None:
    """Wait up to *seconds* until every acknowledged number is stored, then count what is missing.

    A loss is a wrong value and no late one: this raises AssertionError, which is never repeated.
    """
    deadline = time.monotonic() + seconds * PATIENCE
    while (missing := acknowledged - stored()) and time.monotonic() < deadline:
        time.sleep(1)
    assert not missing, (
        f"{len(missing)} of {len(acknowledged)} acknowledged messages are not stored after"
        f" {in_words(seconds)}, among them {sorted(missing)[:10]}"
    )


def in_words(seconds: float) -> str:
    """Return a deadline as a reader wants it, with the patience that was added."""
    return f"{seconds:g} s" if PATIENCE == 1 else f"{seconds:g} s × patience {PATIENCE:g}"
