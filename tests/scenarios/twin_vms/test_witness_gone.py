"""The story of the witness that is gone, and then one VM too: readings continue, changes wait.

They wait until the operator promotes the VM that is left, or one of the others comes back. A drain
needs no witness.
"""

import pytest

from tests.harness.deadline import eventually
from tests.harness.docker import CommandError, run

pytestmark = pytest.mark.long

PASSWORD = "a long password\n"
DRAIN = "How do I take a VM out of service, to reboot it or to work on it?"
PROMOTE = "How do I move the active role by hand, without a witness?"


def test_without_a_majority_nothing_is_changed_and_readings_go_on(twins, traffic):
    twins.wait_whole()
    gone = twins.active_one()
    left = twins.other(gone)
    run("docker", "kill", twins.witness.container)
    try:
        for vm in twins.both:
            eventually(
                lambda vm=vm: any("witness" in text for text in vm.problems()),
                30, f"{vm.side} reports that the witness is gone",
            )  # fmt: skip
        left.as_written(DRAIN, 0)
        left.as_written(DRAIN, 1)
        with traffic(first=left) as found:
            found.wait_served(30)
            gone.kill()
            eventually(lambda: left.role() == "unknown", 30, "nobody is active")
            acknowledged = len(found.visitors.acknowledged)
            eventually(
                lambda: len(found.visitors.acknowledged) > acknowledged + 10,
                15, "messages are taken",
            )  # fmt: skip
            with pytest.raises(CommandError):
                left.cli("user", "add", "refused@example.com", "--password-stdin", text=PASSWORD)

            printed = left.as_written(PROMOTE, 0, YES="1")

            assert printed.splitlines()[-1] == f"side {left.side} is active now"
            twins.wait_active(left, 10)
            left.cli("user", "add", "added@example.com", "--password-stdin", text=PASSWORD)
            gone.start_again()
            run("docker", "start", twins.witness.container)
            twins.wait_whole()
    finally:
        run("docker", "start", twins.witness.container)

    assert left.role() == "active"
    assert "added@example.com" in str(gone.cli("user", "list"))
