"""The story of a container that fails at every start: it holds in safe mode and says why.

Docker starts a container again that ended by itself. After five starts that came to nothing the
sixth runs the health checker only, whose report names the reason. A restart by the operator, who
has mended it, is a new attempt.
"""

from tests.harness.deadline import eventually
from tests.harness.docker import CommandError


def test_it_holds_in_safe_mode_until_somebody_restarts_it(new_appliance):
    appliance = new_appliance().create()
    eventually(lambda: counted_starts(appliance) == 1, 60, "the first start is counted")
    reason = "2026-01-01 00:00:00Z  kafka could not be started. Its last lines:"
    appliance.exec("sh", "-c", f"echo '{reason}' >>/data/log/why-it-ended.txt")
    # Killed as soon as the start is counted: none has been well for a minute.
    for starts in range(2, 6):
        appliance.kill()
        appliance.start_again()
        eventually(lambda count=starts: counted_starts(appliance) == count, 60, "it is counted")
    appliance.kill()
    appliance.start_again()

    answer = eventually(
        lambda: (seen := appliance.health("ready").json())["status"] == "safe mode" and seen, 60,
        "the checker says that it holds in safe mode",
    )  # fmt: skip

    assert "5 starts within an hour failed" in answer["reason"]
    assert "kafka could not be started." in answer["reason"]
    started = {name for name, state in appliance.states().items() if state != "STOPPED"}
    assert started == {"healthd"}
    assert appliance.health("deep").json()["problems"][0].startswith("safe mode: ")

    appliance.restart()


def counted_starts(appliance):
    try:
        return len(appliance.exec("cat", "/data/log/boots").split())
    except CommandError:
        return 0  # the container is not yet running
