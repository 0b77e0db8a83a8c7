"""One node at a time prepares a store."""

import pytest

from qlines.errors import StoreRefusedError, StoreUnavailableError
from qlines.init.one_node import one_node


class FakeLease:
    """A lease that another node has, or nobody."""

    holder = "node-2"

    def __init__(self, *, is_free):
        self.is_free, self.ended = is_free, 0

    def is_held(self):
        return self.is_free

    def end(self):
        self.ended += 1


def test_the_node_that_has_the_lease_prepares_and_gives_it_up():
    lease, prepared = FakeLease(is_free=True), []

    one_node("kafka", lambda: prepared.append(True), lease)()

    assert (prepared, lease.ended) == ([True], 1)


def test_another_one_waits_as_for_a_store_and_says_for_whom():
    lease = FakeLease(is_free=False)

    with pytest.raises(StoreUnavailableError, match="node-2 prepares it"):
        one_node("kafka", pytest.fail, lease)()

    assert lease.ended == 0


def test_a_node_that_a_store_refuses_does_not_keep_the_others_from_it():
    def refuse():
        raise StoreRefusedError("kafka", "wrong password")

    lease = FakeLease(is_free=True)

    with pytest.raises(StoreRefusedError):
        one_node("kafka", refuse, lease)()

    assert lease.ended == 1
