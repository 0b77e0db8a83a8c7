"""The story of a link that is cut while both VMs live, with clients on both."""

import pytest

from tests.harness.deadline import eventually
from tests.harness.roles import RoleWatch

pytestmark = pytest.mark.long


def test_never_are_both_active_and_both_sides_lose_nothing(twins, traffic):
    twins.wait_whole()
    before = twins.active_one()
    with traffic() as at_a, traffic(first=twins.b) as at_b, RoleWatch(twins) as watch:
        at_b.wait_served(30)
        before.cut()
        try:
            eventually(lambda: twins.other(before).role() == "active", 30, "the other is active")
            eventually(
                lambda: any("link" in text for text in before.problems()), 30, "it is reported"
            )
            for found in (at_a, at_b):
                found.wait_served(15, f"visitors are served while {before.side} is cut off")
        finally:
            before.mend()
        twins.wait_whole()

    assert watch.moments_of_two_active == []
