"""Each reason for which a message cannot be stored comes with what to do about it."""

import ast
import re
from pathlib import Path

import pytest

from qlines.errors import InvalidReading
from qlines.ingest.decode import decode_telemetry
from qlines.web.device import limits
from qlines.web.rejection_remedies import CORRECT, EXAMPLE, REMEDIES, remedy_of

ROOT = Path(__file__).parents[3]
NOW_US = 1_800_000_000_000_000
BROKER = ("rejection_frames.c", "device_limits.c")


def text_of(node):
    """Return a text of the source as it is shown, with x for each value; None for no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "x" for part in node.values
        )
    return None


def raised_by_ingest():
    """Return every text of an InvalidReading, and those of the functions that make one."""
    for file in (
        "ingest/decode.py", "ingest/values.py", "ingest/gateway.py", "ingest/answers.py",
        "store/claim_rules.py",
    ):  # fmt: skip
        tree = ast.parse((ROOT / "app/qlines" / file).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidReading":
                yield text_of(node.args[0])
            if isinstance(node, ast.FunctionDef) and node.name == "_why_not_json":
                yield from (
                    text_of(one.value) for one in ast.walk(node) if isinstance(one, ast.Return)
                )


def written_by_the_broker():
    """Return the start of every sentence for an owner: those that are not followed by a text."""
    for file in BROKER:
        source = (ROOT / "appliance/broker" / file).read_text()
        yield from re.findall(
            r'"((?:the device|a connection of|a payload may|a request may)[^"]*)"', source
        )


REASONS = sorted({text for text in raised_by_ingest() if text} | set(written_by_the_broker()))


def test_the_reasons_are_found_in_the_sources():
    assert len(list(written_by_the_broker())) == 9
    assert len(REASONS) > 20


@pytest.mark.parametrize("reason", [*REASONS, *limits._REASONS])
def test_every_reason_has_a_remedy_of_its_own(reason):
    assert remedy_of(reason) != CORRECT


def test_no_remedy_is_for_a_reason_that_nobody_gives():
    dropped = [
        "a device has at most ",
        "the key ",
        "fit into 64 bits",
        "not JSON: the body is empty",
        "not JSON: depth limit exceeded",
    ]
    given = [*REASONS, *dropped, "a message may have at most 1 bytes"]

    assert [text for text, _ in REMEDIES if not any(text in reason for reason in given)] == []


@pytest.mark.parametrize(
    ("payload", "part"),
    [
        (b"temperature=21.5", "with the name in double quotes"),
        (b"", "Send an object"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b"[" * 2000, "side by side"),
        (b'{"ts": 1700000000, "values": {"a": 1}}', "milliseconds"),
    ],
)
def test_what_a_device_has_sent_leads_to_the_remedy(payload, part):
    with pytest.raises(InvalidReading) as error:
        decode_telemetry(payload, NOW_US)

    assert part in remedy_of(str(error.value))


@pytest.mark.parametrize(
    ("payload", "part"),
    [
        (b'{"": 1}', "without control characters"),
        (b'{"n": 18446744073709551616}', "as text"),
    ],
)
def test_a_key_that_was_dropped_leads_to_the_remedy(payload, part):
    assert part in remedy_of(decode_telemetry(payload, NOW_US).problem)


def test_a_reason_of_a_later_version_has_the_general_remedy():
    assert remedy_of("something new") == CORRECT


def test_the_example_can_be_stored():
    assert decode_telemetry(EXAMPLE.encode(), NOW_US).problem == ""
