"""A call and its record in ThingsBoard's form."""

from datetime import UTC, datetime, timedelta

import pytest

from qlines.errors import FieldError
from qlines.store.command_document import NewCommand, command_document
from qlines.web.thingsboard.rpc_json import MAX_TIMEOUT_MS, call_in, record_of, state_of

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NOW_MS = 1_767_312_000_000
NEW = NewCommand("open", None, True, timedelta(seconds=10), 5, "alice@example.com", None)


def test_a_call_needs_no_more_than_a_method():
    call = call_in({"method": "open"}, NOW)

    assert call == ("open", None, False, timedelta(seconds=10), 5, None)


def test_what_thingsboard_has_and_we_have_not_is_ignored():
    body = {"method": "open", "additionalInfo": {"a": 1}, "somethingElse": [2]}

    assert call_in(body, NOW).method == "open"


@pytest.mark.parametrize(
    ("fields", "milliseconds"),
    [
        ({"timeout": 0}, 5_000),
        ({"timeout": 5_001}, 5_001),
        ({"expirationTime": NOW_MS + 1}, 1),
        ({"expirationTime": NOW_MS + 70_000, "timeout": 9_000}, 70_000),
        ({"expirationTime": NOW_MS + MAX_TIMEOUT_MS}, MAX_TIMEOUT_MS),
    ],
)
def test_it_is_valid_until_its_time_and_five_seconds_at_least(fields, milliseconds):
    call = call_in({"method": "open", **fields}, NOW)

    assert call.expires_in == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"expirationTime": NOW_MS}, "expirationTime"),
        ({"expirationTime": NOW_MS + MAX_TIMEOUT_MS + 1}, "expirationTime"),
        ({"expirationTime": "soon"}, "expirationTime"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": MAX_TIMEOUT_MS + 1}, "timeout"),
        ({"timeout": 1.5}, "timeout"),
        ({"retries": 11}, "retries"),
        ({"requestUUID": ""}, "requestUUID"),
        ({"persistent": None}, "persistent"),
    ],
)
def test_a_field_that_may_not_be_is_named(fields, field):
    with pytest.raises(FieldError) as refused:
        call_in({"method": "open", **fields}, NOW)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("answer", "response"),
    [(None, None), ("", None), ("it is open", "it is open")],
)
def test_an_answer_that_is_no_json_is_shown_as_a_text(answer, response):
    command = command_document("a" * 24, 1, NEW, NOW, in_order=False)
    if answer is not None:
        command["answer"] = answer

    assert record_of(command)["response"] == response


def test_a_state_has_one_name_in_thingsboards_words():
    assert state_of("SUCCESSFUL") == "answered"
    assert state_of("TIMEOUT") is None
