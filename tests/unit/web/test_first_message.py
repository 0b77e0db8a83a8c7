"""While somebody waits for a first value: the nearest cause that the server has seen."""

import pytest

from qlines.clock import utc_datetime
from qlines.store.presence import Presence
from qlines.store.rejected import Rejected
from qlines.web.first_message import Evidence, first_message, is_alike, is_near

TOKEN = "AbCdEfGhIjKlMnOpQrSt"
NOT_JSON = Rejected("d", 5000, "not JSON: unexpected character", "topic", "temperature=21.5")
CONNECTED = Presence(True, 7_000_000, "", "10.0.0.9")
NOTHING = Evidence(TOKEN, None, [], None, None, [], "10.0.0.5")


def unknown(token, address, source="mqtt"):
    return {
        "_id": f"{source}/{token}", "name": token, "source": source, "count": 1,
        "first_seen": utc_datetime(0), "last_seen": utc_datetime(9_000_000),
        "sample": f"from {address}",
    }  # fmt: skip


def test_a_value_counts_more_than_what_went_wrong_before():
    found = first_message(NOTHING._replace(newest_us=3_000_000, rejected=[NOT_JSON]))

    assert (found.state, found.at_ms) == ("received", 3000)


def test_a_message_that_is_no_json_is_shown_with_the_reason_and_the_remedy():
    found = first_message(NOTHING._replace(rejected=[NOT_JSON], presence=CONNECTED))

    assert (found.state, found.at_ms) == ("rejected", 5000)
    assert "could not be stored: not JSON" in found.cause
    assert '{"temperature": 21.5}' in found.remedy
    assert found.payload == "temperature=21.5"


def test_attributes_are_no_values():
    found = first_message(NOTHING._replace(attributes_ms=4000, presence=CONNECTED))

    assert (found.state, found.at_ms) == ("attributes", 4000)


def test_connected_but_silent():
    found = first_message(NOTHING._replace(presence=CONNECTED))

    assert (found.state, found.at_ms) == ("silent", 7000)
    assert "from 10.0.0.9" in found.cause
    assert "v1/devices/me/telemetry" in found.remedy


def test_connected_and_gone_without_a_message():
    gone = Presence(False, 8_000_000, "client disconnected", "10.0.0.9")

    found = first_message(NOTHING._replace(presence=gone))

    assert (found.state, found.at_ms) == ("left", 8000)
    assert "client disconnected" in found.cause


def test_a_wrong_token_from_the_same_network():
    found = first_message(NOTHING._replace(unknown_tokens=[unknown("hunter2", "10.0.0.77")]))

    assert (found.state, found.at_ms) == ("wrong_token", 9000)
    assert "10.0.0.77" in found.cause
    assert "over MQTT" in found.cause
    assert "hunter2" not in found.cause  # it may be somebody else's


def test_a_token_that_was_cut_short_from_anywhere():
    found = first_message(NOTHING._replace(unknown_tokens=[unknown(TOKEN[:-3], "8.8.8.8", "http")]))

    assert found.state == "wrong_token"
    assert "much like the token of this device" in found.cause
    assert "into the address" in found.remedy


def test_a_wrong_token_of_a_stranger_is_nobodys_business():
    found = first_message(NOTHING._replace(unknown_tokens=[unknown("hunter2", "8.8.8.8")]))

    assert found.state == "nothing"


@pytest.mark.parametrize(
    ("unknown_token", "expected"),
    [
        (TOKEN[:10], True),
        (TOKEN[10:], True),
        (f'"{TOKEN}"', True),
        (f" {TOKEN}\n", True),
        ("AbC", False),
        ("admin", False),
    ],
)
def test_what_is_like_a_token(unknown_token, expected):
    assert is_alike(unknown_token, TOKEN) is expected


def test_a_part_of_a_short_token_is_no_evidence():
    assert not is_alike("abcde", "abcdef")
    assert is_alike("abcdef ", "abcdef")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("192.168.1.5", "192.168.1.200", True),
        ("192.168.1.5", "192.168.2.5", False),
        ("203.0.113.5", "203.0.113.5", True),
        ("8.8.8.5", "8.8.8.6", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "192.168.1.5", False),
        ("::1", "127.0.0.1", False),
        ("", "", False),
        ("unknown", "192.168.1.5", False),
    ],
)
def test_which_addresses_are_near(one, other, expected):
    assert is_near(one, other) is expected
