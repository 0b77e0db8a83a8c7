"""What was tried for each domain and how it ended, as kept in /data/state.json."""

from typing import Any, NamedTuple

# The outcomes; the first three are good.
ISSUED, RENEWED, NOT_DUE, ELSEWHERE, REFUSED = (
    "issued",
    "renewed",
    "not due",
    "elsewhere",
    "refused",
)
GOOD = (ISSUED, RENEWED, NOT_DUE)


class Attempt(NamedTuple):
    """The last attempt for a domain.

    *failures* counts those in a row with the same outcome; *succeeded_at* is the last time when a
    certificate came; *server* is the authority that the certificate in use came from.
    """

    at: float
    outcome: str
    sentence: str
    failures: int = 0
    succeeded_at: float | None = None
    server: str = ""


class State(NamedTuple):
    """All of the file."""

    next_renewal_at: float | None
    attempts: dict[str, Attempt]


EMPTY = State(None, {})


def follow(
    before: Attempt | None, now: float, outcome: str, sentence: str, server: str = ""
) -> Attempt:
    """Return the record of an attempt that ended just now."""
    earlier = before or Attempt(0, "", "")
    if outcome in (ISSUED, RENEWED):
        return Attempt(now, outcome, sentence, 0, now, server)
    failures = 0
    if outcome not in GOOD:
        failures = earlier.failures + 1 if earlier.outcome == outcome else 1
    return Attempt(now, outcome, sentence, failures, earlier.succeeded_at, earlier.server)


def to_document(state: State) -> dict[str, Any]:
    """Return the state as JSON can hold it."""
    attempts = {name: attempt._asdict() for name, attempt in state.attempts.items()}
    return {"next_renewal_at": state.next_renewal_at, "attempts": attempts}


def from_document(document: dict[str, Any]) -> State:
    """Read the state back; raises KeyError or TypeError for something else."""
    attempts = {name: Attempt(**fields) for name, fields in document["attempts"].items()}
    return State(document["next_renewal_at"], attempts)
