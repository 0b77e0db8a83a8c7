import pytest

from qlines.errors import FieldError
from qlines.store.attribute_rules import (
    OwnerAttribute,
    changed,
    check_size,
    check_values,
)

ALICE, BOB = "alice@example.com", "bob@example.com"


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def test_values_and_keys_are_those_that_a_reading_may_have():
    values = {"a.b": 1, "$c": "1.0", "ü" * 255: [None], "deep": nested(16), "big": 2**63 - 1}

    assert check_values(values) is None


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"": 1}, '"" cannot be the key of an attribute: a key must not be empty'),
        ({"a" * 256: 1}, "a key has at most 255 characters, this one has 256"),
        ({"a\nb": 1}, r'"a\\nb" cannot be the key of an attribute: .* control characters'),
        ({"a": None}, '"a" must not be null: delete the key instead'),
        ({"a": nested(17)}, "attributes may be nested at most 16 deep: flatten them"),
        ({"a": [2**63]}, '"a" was not set: a whole number must fit into 64 bits'),
    ],
)
def test_others_are_refused_with_the_rule_and_the_remedy(values, rule):
    with pytest.raises(FieldError, match=rule):
        check_values(values)


def test_a_number_that_lost_digits_is_noticed_by_the_json_that_it_came_from():
    value = float(2**64)

    assert check_values({"a": value}) is None
    with pytest.raises(FieldError, match="64 bits"):
        check_values({"a": value}, b'{"a": 18446744073709551616}')


def test_a_value_that_stays_keeps_its_time_and_who_set_it():
    stored = {"a": OwnerAttribute(1, 1, ALICE), "b": OwnerAttribute(1, True, ALICE)}

    assert changed(stored, {"a": 1.0, "b": 1, "c": "x"}, BOB, 2) == {
        "b": OwnerAttribute(2, 1, BOB),
        "c": OwnerAttribute(2, "x", BOB),
    }


def test_a_thousand_keys_of_256_kib_are_the_most():
    check_size({str(number): OwnerAttribute(1, 1, ALICE) for number in range(1_000)})
    check_size({"a": OwnerAttribute(1, "x" * 262_136, ALICE)})

    with pytest.raises(FieldError, match=r"at most 1,000 keys .* would be 1,001: delete some"):
        check_size({str(number): OwnerAttribute(1, 1, ALICE) for number in range(1_001)})
    with pytest.raises(FieldError, match=r"at most 262,144 bytes .* would have 262,145: shorten"):
        check_size({"a": OwnerAttribute(1, "x" * 262_137, ALICE)})
