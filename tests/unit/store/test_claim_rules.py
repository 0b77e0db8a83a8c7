import pytest

from qlines.errors import InvalidReading
from qlines.store.claim_rules import Terms, terms_by_name, terms_in

DAY_MS, YEAR_MS = 86_400_000, 365 * 86_400_000


@pytest.mark.parametrize(
    ("payload", "terms"),
    [
        (b"", Terms("", DAY_MS)),
        (b"{}", Terms("", DAY_MS)),
        (b'{"durationMs": 60000}', Terms("", 60_000)),
        (b'{"secretKey": "s"}', Terms("s", DAY_MS)),
        (b'{"secretKey": "s", "durationMs": 60000, "other": 1}', Terms("s", 60_000)),
        (b'{"secretKey": null, "durationMs": null}', Terms("", DAY_MS)),
        (b'{"durationMs": 0}', Terms("", DAY_MS)),
        (b'{"durationMs": -5}', Terms("", DAY_MS)),
        (b'{"durationMs": 6e4}', Terms("", 60_000)),
        (b'{"durationMs": 9223372036854775807}', Terms("", YEAR_MS)),
    ],
)
def test_a_device_says_its_secret_and_for_how_long(payload, terms):
    assert terms_in(payload) == terms


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "a claim must be JSON"),
        (b"[]", "must be empty or an object"),
        (b"null", "must be empty or an object"),
        (b'"secret"', "must be empty or an object"),
        (b'{"secretKey": 5}', "secretKey must be text"),
        (b'{"secretKey": "%s"}' % (b"x" * 256), "at most 255 characters, got a longer one"),
        (b'{"durationMs": "60"}', "durationMs must be a whole number"),
        (b'{"durationMs": true}', "durationMs must be a whole number"),
        (b'{"durationMs": 1.5}', "durationMs must be a whole number"),
    ],
)
def test_anything_else_is_rejected_with_the_rule(payload, reason):
    with pytest.raises(InvalidReading, match=reason):
        terms_in(payload)


def test_a_gateway_says_it_of_each_device():
    payload = b'{"A": {"secretKey": "s", "durationMs": 60000}, "B": {}}'

    assert terms_by_name(payload) == ({"A": Terms("s", 60_000), "B": Terms("", DAY_MS)}, "")


def test_of_a_gateways_devices_a_bad_one_is_left_out():
    found, problem = terms_by_name(b'{"A": 1, "B": {}, "\\n": {}}')

    assert found == {"B": Terms("", DAY_MS)}
    assert problem.startswith('"A": a claim must be empty or an object')
    assert problem.endswith("(1 more too); the other devices were taken")


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"1", b'{"A": 1}'])
def test_a_gateways_message_with_none_is_rejected(payload):
    with pytest.raises(InvalidReading):
        terms_by_name(payload)
