"""The latest attempt to get a certificate for each domain, as stored in /data/state.json; pure."""

from typing import Any, NamedTuple

# The outcomes; the first three are successes.
ISSUED, RENEWED, NOT_DUE, ELSEWHERE, REFUSED = (
    "issued",
    "renewed",
    "not due",
    "elsewhere",
    "refused",
)
GOOD = (ISSUED, RENEWED, NOT_DUE)


class Attempt(NamedTuple):
    """The latest attempt for a domain; times are seconds since 1970.

    *failures* counts those in a row with the same outcome; *succeeded_at* is when the latest
    certificate was issued; *server* is the authority of the certificate in use.
    """

    at: float
    outcome: str
    sentence: str
    failures: int = 0
    succeeded_at: float | None = None
    server: str = ""


class State(NamedTuple):
    """The content of the file."""

    next_renewal_at: float | None
    attempts: dict[str, Attempt]


EMPTY = State(None, {})


def after_attempt(
    before: Attempt | None, now: float, outcome: str, sentence: str, server: str = ""
) -> Attempt:
    """Return the record of an attempt that just ended, given the one before."""
    earlier = before or Attempt(0, "", "")
    if outcome in (ISSUED, RENEWED):
        return Attempt(now, outcome, sentence, 0, now, server)
    failures = 0
    if outcome not in GOOD:
        failures = earlier.failures + 1 if earlier.outcome == outcome else 1
    return Attempt(now, outcome, sentence, failures, earlier.succeeded_at, earlier.server)


def to_document(state: State) -> dict[str, Any]:
    """Return the state as a JSON document."""
    attempts = {name: attempt._asdict() for name, attempt in state.attempts.items()}
    return {"next_renewal_at": state.next_renewal_at, "attempts": attempts}


def from_document(document: dict[str, Any]) -> State:
    """Return the state of a document; raise KeyError or TypeError for anything else."""
    attempts = {name: Attempt(**fields) for name, fields in document["attempts"].items()}
    return State(document["next_renewal_at"], attempts)
