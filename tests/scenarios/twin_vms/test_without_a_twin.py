"""The story of keys in wrong hands, and of the end of a pairing. It is the last: no twins are left.

After `make twin-forget` the others are cut off until they have joined with the new invitation.
After `make twin-leave` each VM is on its own, with everything, and takes changes.
"""

import pytest

from tests.harness.deadline import eventually
from tests.harness.twin_vms import PAIR

pytestmark = pytest.mark.long

FORGET = "What if an invitation, or a machine with its keys, falls into wrong hands?"
PASSWORD = "a long password\n"


def test_after_a_loss_of_keys_the_others_are_cut_off_until_they_join_again(twins, traffic):
    twins.wait_whole()
    vm = twins.active_one()
    other = twins.other(vm)
    with traffic(first=vm) as found:
        found.wait_served(30)
        with twins.invited(vm, FORGET) as secret:
            eventually(
                lambda: any("certificate" in text for text in other.problems()),
                60, "the other one is cut off, and says why",
            )  # fmt: skip
            other.as_written(PAIR, 1, **secret)
            twins.witness.as_written(PAIR, 2, **secret)
        twins.wait_whole()


def test_after_the_end_of_the_pairing_each_vm_is_on_its_own_with_everything(twins, users):
    for vm in twins.both:
        vm.goal("twin-leave")
    done = twins.witness.make("twin-leave")
    assert done.returncode == 0, done.stdout + done.stderr

    for vm in twins.both:
        known = {device["id"] for device in vm.cli("device", "list")}
        assert {device["id"] for device in users.devices} <= known
        vm.cli("user", "add", f"{vm.side}@example.com", "--password-stdin", text=PASSWORD)
        eventually(lambda vm=vm: vm.problems() == [], 60, f"{vm.side} is well on its own")
    assert "b@example.com" not in str(twins.a.cli("user", "list"))
