"""The story of an upgrade under load: both VMs run the last release, and are upgraded in turn.

Between the two commands both versions run side by side and speak with each other. Then the twins
are whole, and what was sent during all of it is on both.
"""

import pytest

from tests.harness.release import last_release
from tests.harness.twin_traffic import TwinUsers
from tests.harness.twin_vms import TwinVms, copy_repository
from tests.harness.vm import make_secrets

pytestmark = pytest.mark.long

NEXT = "9.9.9"


@pytest.fixture
def twins(image, proxy_image, blog_image, tmp_path):
    assert image
    assert proxy_image
    assert blog_image
    secrets = make_secrets(tmp_path / "secrets")
    twins = TwinVms(tmp_path / "machines", secrets, commit=last_release())
    try:
        twins.pair()
        yield twins
    finally:
        twins.remove()


def test_both_are_upgraded_one_after_the_other_without_a_loss(twins, tmp_path):
    released = version(twins.a)
    active = twins.active_one()
    with TwinUsers(twins, tmp_path).traffic(first=active) as found:
        for vm in (twins.other(active), active):
            pull(vm, released)
            printed = vm.as_written("How do I upgrade both VMs?", 0)
            assert "is back and stands by" in printed
            assert version(vm) == NEXT
            twins.wait_whole()

    assert found.failures == []


def pull(vm, released):
    copy_repository(vm.folder)
    file = vm.folder / "app" / "qlines" / "version.py"
    text = file.read_text()
    assert released in text
    file.write_text(text.replace(released, NEXT))


def version(vm):
    return vm.health_report()["version"]
