"""The story of a VM that is gone: all of it, a part of it, or both; and how each comes back."""

import secrets
import time

import pytest
from playwright.sync_api import expect

from tests.harness.deadline import PATIENCE, eventually
from tests.harness.twin_traffic import OWNER

SERVED_AGAIN_SECONDS = 15


# An app or a proxy alone is lost in twins_failover and twin_proxies too, with less around it.
@pytest.mark.parametrize(
    "parts",
    [
        ("app", "proxy", "blog"),
        pytest.param(("app",), marks=pytest.mark.long),
        pytest.param(("proxy",), marks=pytest.mark.long),
    ],
    ids="+".join,
)
def test_what_was_acknowledged_outlives_a_kill_and_the_other_vm_serves(
    twins, traffic, live_page, parts
):
    twins.wait_whole()
    gone = twins.active_one()
    left = twins.other(gone)
    with traffic(first=gone) as found, live_page(gone) as page:
        found.wait_served(30)
        gone.kill(*parts)
        killed_at = time.monotonic()

        found.wait_served(SERVED_AGAIN_SECONDS)
        if "app" in parts:
            twins.wait_active(left, SERVED_AGAIN_SECONDS)
        left.cli("device", "add", "--owner", OWNER, f"added without {' '.join(parts)}")
        value = 10_000 + secrets.randbelow(90_000)
        eventually(
            lambda: found.is_acknowledged({"sent after": value}),
            SERVED_AGAIN_SECONDS, "devices are acknowledged",
        )  # fmt: skip
        expect(page.locator("#latest")).to_contain_text(str(value), timeout=30_000 * PATIENCE)

        # While its container starts, Docker's proxy on the loopback device accepts and hangs up;
        # on the address of a machine the port refuses, and a browser asks the other VM.
        starts_at = time.monotonic()
        gone.start_again(*parts)
        twins.wait_whole()

    served_again_at = killed_at + SERVED_AGAIN_SECONDS
    assert [one for one in found.failures if served_again_at < one.at < starts_at] == []


# In every run twin_blogs loses both sides, and each story of twins brings one back that was killed.
@pytest.mark.long
def test_when_both_were_killed_both_come_back_with_everything(twins, traffic):
    twins.wait_whole()
    with traffic() as found:
        found.wait_served(30)
        for vm in twins.both:
            vm.kill()
        for vm in twins.both:
            vm.start_again()
        twins.active_one(60)
        found.wait_served(60)
        twins.wait_whole()
    assert {vm.role() for vm in twins.both} == {"active", "standby"}
