"""What a device's request is answered with; pure."""

from typing import NamedTuple

from qlines.errors import StoreUnavailableError
from qlines.web.problem import PROBLEM_TYPE, problem_body


class Answer(NamedTuple):
    """A response: its status, its headers without Content-Length, its body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def json_answer(body: bytes) -> Answer:
    """Return 200 with JSON."""
    return Answer(200, (("Content-Type", "application/json"),), body)


def refusal(status: int, detail: str, *headers: tuple[str, str]) -> Answer:
    """Return an error as application/problem+json."""
    content_type = ("Content-Type", PROBLEM_TYPE)
    return Answer(status, (content_type, *headers), problem_body(status, detail))


def unavailable(sentence: str) -> Answer:
    """Return 503: a store does not answer, or the spool is full."""
    return refusal(503, sentence, ("Retry-After", "2"))


def not_answered(error: StoreUnavailableError) -> str:
    """Return the sentence for a request whose store does not answer.

    Of a request for a token nobody may know whether it was carried out.
    """
    return f"the request was not answered, send it again: {error}"
