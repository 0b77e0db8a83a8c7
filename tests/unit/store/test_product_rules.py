import pytest

from qlines.errors import FieldError
from qlines.store.product_rules import checked_product, make_key


def test_what_is_not_given_has_its_default_and_the_name_is_trimmed():
    product = checked_product({"name": " Meter "})

    assert product == ("Meter", "create_new_devices", False, 1_000, 60)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", " ", "must have 1 to 128 characters"),
        ("strategy", "x509", "must be one of disabled, create_new_devices, check_pre_provisioned"),
        ("max_devices", 0, "must be 1 to 1,000,000, or null for no limit, got 0"),
        ("max_devices_per_minute", 10_001, "must be 1 to 10,000, or null for no limit"),
    ],
)
def test_a_bad_field_is_refused_with_the_rule_and_the_value(field, value, reason):
    with pytest.raises(FieldError, match=reason) as refused:
        checked_product({"name": "Meter", field: value})

    assert refused.value.field == field


def test_keys_are_random_and_long_enough_not_to_be_guessed():
    first, second = make_key(), make_key()

    assert [len(part) for part in first] == [20, 32]
    assert not set(first) & set(second)
