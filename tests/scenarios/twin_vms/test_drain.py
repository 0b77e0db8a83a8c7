"""The story of a drain: everything goes to the other VM, and back, and nobody notices."""

DRAIN = "How do I take a VM out of service, to reboot it or to work on it?"
DRAINS = 2  # each takes half a minute; `make bench ONLY=twins` counts the requests of ten


def test_a_drain_moves_everything_without_one_failed_request(twins, traffic):
    twins.wait_whole()
    with traffic() as found:
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
