"""The story of an upgrade: first one VM, then the other, under load, and versions side by side."""

import pytest

pytestmark = pytest.mark.long

NEXT = "9.9.9"


def test_both_are_upgraded_one_after_the_other_without_a_loss(twins, traffic):
    twins.wait_whole()
    before = version(twins.a)
    active = twins.active_one()
    with traffic(first=active) as found:
        for vm in (twins.other(active), active):
            put_version(vm, before)
            printed = vm.as_written("How do I upgrade both VMs?", 0)
            assert "is back and stands by" in printed
            assert version(vm) == NEXT
            twins.wait_whole()

    assert found.failures == []


def put_version(vm, before):
    file = vm.folder / "app" / "qlines" / "version.py"
    file.write_text(file.read_text().replace(before, NEXT))


def version(vm):
    return vm.health_report()["version"]
