"""Decide when to look again: often while something is not well, seldom while all is.

Readiness must be noticed within 200 ms during the start, and a checker of a quiet appliance
must cost next to nothing.
"""

from typing import NamedTuple

EAGER_SECONDS = 0.1
CALM_SECONDS = 1.0
EAGER_FOR_SECONDS = 120.0  # trouble that lasts longer is looked at calmly
WELL_ASKED_EVERY_SECONDS = 10.0
SUPERVISORD_EVERY_SECONDS = 15.0
SHORTEST_TIMEOUT_SECONDS = 0.1
LONGEST_TIMEOUT_SECONDS = 2.0


class Asked(NamedTuple):
    """When a program was asked last and whether it was well then."""

    at: float
    was_ok: bool


def rest_seconds(all_well: bool, trouble_seconds: float) -> float:
    """Return how long to rest between two looks."""
    is_calm = all_well or trouble_seconds > EAGER_FOR_SECONDS
    return CALM_SECONDS if is_calm else EAGER_SECONDS


def is_due(asked: Asked | None, started_at: float, now: float) -> bool:
    """Tell whether a program is asked now: anew after a start, seldom while it is well."""
    if asked is None or not asked.was_ok or asked.at < started_at:
        return True
    return now - asked.at >= WELL_ASKED_EVERY_SECONDS


def timeout_seconds(asked: Asked | None, started_at: float, now: float) -> float:
    """Return how long to wait for an answer: little during a start, in which many are silent.

    A store takes connections before it answers, and whoever is asked after it must not wait for
    that. The longer a start takes, the more likely the machine is just slow.
    """
    if asked is not None and asked.was_ok and asked.at >= started_at:
        return LONGEST_TIMEOUT_SECONDS
    return min(LONGEST_TIMEOUT_SECONDS, max(SHORTEST_TIMEOUT_SECONDS, (now - started_at) / 20))


def is_supervisord_due(asked_at: float, all_well: bool, all_run: bool, now: float) -> bool:
    """Tell whether supervisord is asked now: its answer costs it and us some milliseconds."""
    return not all_well or not all_run or now - asked_at >= SUPERVISORD_EVERY_SECONDS
