"""The story of a drain: everything goes to the other VM, and back, and nobody notices."""

import os

DRAIN = "How do I take a VM out of service, to reboot it or to work on it?"
# Ten with 10,000 requests were counted once (ha/README.md); each takes half a minute.
VISITORS = 4
DRAINS = int(os.environ.get("QLINES_TEST_DRAINS", "2"))


def test_a_drain_moves_everything_without_one_failed_request(twins, traffic):
    twins.wait_whole()
    with traffic(visitors=VISITORS) as found:
        for _ in range(DRAINS):
            vm = twins.active_one()
            other = twins.other(vm)

            printed = vm.as_written(DRAIN, 0)
            assert printed.splitlines()[-1] == (
                f"{vm.side} carries no traffic, {other.side} serves everybody"
            )
            assert other.role() == "active"

            printed = vm.as_written(DRAIN, 1)
            assert printed.splitlines()[-1] == f"{vm.side} is back and stands by"

    assert found.failures == []
    assert found.visitors.answered > 100 * DRAINS
    print(f"{found.visitors.answered} requests were answered")  # noqa: T201 - for -s
