"""The story of a VM that lost its disk: invited by the other one, it becomes whole by itself.

What its Kafka had taken and the other side had not read yet, about a second, is lost with a disk.
So the load begins when the VM is gone.
"""

import pytest

from tests.harness.deadline import eventually

pytestmark = pytest.mark.long


def test_a_wiped_vm_joins_again_and_has_everything(twins, traffic):
    twins.wait_whole()
    wiped = twins.active_one()
    left = twins.other(wiped)
    with traffic() as found:
        found.wait_served(30)
    wiped.wipe()
    with traffic(first=left) as found:
        twins.wait_active(left)
        found.wait_served(30)

        twins.replace(wiped)
        twins.wait_whole(240)

    eventually(lambda: wiped.fingerprint() == left.fingerprint(), 60, "both have the same")
