import pytest

from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.store.desired_state import Difference, differences


def wanted(value, ts_ms=10):
    return {"key": OwnerAttribute(ts_ms, value, "alice@example.com")}


@pytest.mark.parametrize(
    ("desired", "reported"),
    [(1, 1.0), ("1.0", 1.0), ("1.0", 1), ("007", 7), ("red", "red"), ({"a": "1"}, {"a": "1"})],
)
def test_a_device_that_reports_what_is_wanted_does_not_differ(desired, reported):
    assert differences(wanted(desired), {"key": Attribute(5, reported, 5)}) == {}


@pytest.mark.parametrize(
    ("desired", "reported"),
    [(1, True), (True, 1), ("red", "blue"), (1, "one"), ({"a": 1}, {"a": 2}), ([], {})],
)
def test_another_value_differs(desired, reported):
    found = differences(wanted(desired), {"key": Attribute(5, reported, 5)})

    assert found == {"key": Difference(desired, reported, 10)}


def test_a_device_that_never_reported_a_key_differs_since_the_key_was_set():
    found = differences(wanted(1), {"other": Attribute(99, 1, 99)})

    assert found == {"key": Difference(1, None, 10)}


@pytest.mark.parametrize(("set_at", "reported_at"), [(10, 20), (20, 10)])
def test_it_differs_since_the_later_of_the_two_changes(set_at, reported_at):
    found = differences(wanted("on", set_at), {"key": Attribute(99, "off", reported_at)})

    assert found["key"].since_ms == 20


def test_what_the_owner_does_not_want_is_no_difference():
    assert differences({}, {"key": Attribute(1, 1, 1)}) == {}
