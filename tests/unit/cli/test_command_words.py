import json
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from qlines.cli import command_words
from qlines.clock import utc_datetime
from qlines.store.command_document import CommandDocument, NewCommand, command_document

METER = "1" * 24
NOW_US = 1_800_000_000_000_000
NOW = utc_datetime(NOW_US)  # 2027-01-15T08:00:00Z


def after(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


def command(**fields: Any) -> CommandDocument:
    new = NewCommand("setValve", {"open": True}, True, timedelta(hours=1), 5, "console", None)
    made: Any = command_document(ObjectId(METER), 7, new, NOW, in_order=False)
    return {**made, **fields}


def ended(state: str, **fields: Any) -> CommandDocument:
    made: Any = command(state=state, ended_at=after(2), **fields)
    del made["open"]
    return made


ANSWERED = ended(
    "answered", attempts=1, sent_at=after(0.5), answered_at=after(2), answer='{"open":true}'
)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (command(), False),
        (command(state="delivered"), False),
        (ended("delivered", two_way=False), True),
        (ANSWERED, True),
        (ended("failed", error="cancelled by console"), False),
        (ended("expired", error="the device did not answer until then"), False),
    ],
)
def test_it_tells_which_commands_have_succeeded(made: CommandDocument, expected: bool) -> None:
    assert command_words.has_succeeded(made) is expected


def test_the_steps_of_a_new_command_are_that_it_is_queued() -> None:
    assert command_words.steps(command()) == ["2027-01-15T08:00:00.000Z queued"]


def test_the_steps_of_an_answered_command_have_their_times() -> None:
    assert command_words.steps({**ANSWERED, "delivered_at": after(1)}) == [
        "2027-01-15T08:00:00.000Z queued",
        "2027-01-15T08:00:00.500Z sent once",
        "2027-01-15T08:00:01.000Z delivered",
        "2027-01-15T08:00:02.000Z answered",
    ]


def test_a_command_that_is_delivered_and_over_has_no_further_step() -> None:
    made = ended("delivered", two_way=False, attempts=2, sent_at=after(1), delivered_at=after(2))

    assert command_words.steps(made)[1:] == [
        "2027-01-15T08:00:01.000Z sent 2 times",
        "2027-01-15T08:00:02.000Z delivered",
    ]


def test_the_steps_say_when_a_command_is_sent_again() -> None:
    made = command(attempts=1, sent_at=after(1), next_at=after(3))

    assert command_words.steps(made)[-1] == (
        "2027-01-15T08:00:03.000Z is when it is sent again, if the device listens"
    )


@pytest.mark.parametrize(
    ("made", "end"),
    [
        (command(), "is queued, and open until 2027-01-15T09:00:00.000Z"),
        (ANSWERED, 'is answered: {"open":true}'),
        (ended("answered", answer=""), "is answered: without text"),
        (ended("answered", answer="a\x1b[2J\n"), "is answered: a\\x1b[2J\\x0a"),
        (ended("delivered", two_way=False), "is delivered"),
        (ended("failed", error="cancelled by console"), "is failed: cancelled by console"),
    ],
)
def test_the_outcome_is_a_sentence(made: CommandDocument, end: str) -> None:
    assert command_words.outcome(made) == f"the command 7 'setValve' {end}"


def test_a_row_shows_the_start_of_a_long_answer() -> None:
    assert command_words.row({**ANSWERED, "answer": "x" * 61}) == (
        "7", "setValve", "answered", "2027-01-15T08:00:00.000Z", "console", "x" * 60 + "…",
    )  # fmt: skip
    assert command_words.row(ended("failed", error="too large"))[-1] == "too large"
    assert command_words.row(command())[-1] == ""


def test_the_json_is_that_of_the_api() -> None:
    assert command_words.command_json(ANSWERED) == {
        "id": f"{METER}-7",
        "device": METER,
        "number": 7,
        "method": "setValve",
        "params": {"open": True},
        "two_way": True,
        "state": "answered",
        "created_at": NOW_US // 1000,
        "expires_at": NOW_US // 1000 + 3_600_000,
        "sent_at": NOW_US // 1000 + 500,
        "delivered_at": None,
        "answered_at": NOW_US // 1000 + 2_000,
        "ended_at": NOW_US // 1000 + 2_000,
        "attempts": 1,
        "retries": 5,
        "by": "console",
        "key": None,
        "answer": {"json": {"open": True}},
        "error": None,
    }


@pytest.mark.parametrize("text", ["done", "", "NaN", "[" * 300 + "]" * 300, "9" * 5000])
def test_an_answer_that_is_no_json_is_a_text(text: str) -> None:
    document = command_words.command_json({**ANSWERED, "answer": text})

    assert document["answer"] == {"text": text}
    json.dumps(document, allow_nan=False)


def test_an_answer_keeps_the_digits_of_long_numbers() -> None:
    document = command_words.command_json({**ANSWERED, "answer": "123456789012345678901"})

    assert document["answer"] == {"json": 123456789012345678901}
