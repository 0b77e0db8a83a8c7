"""The story of a container that fails at every start: it holds in safe mode and says why.

Docker starts a container again that ended by itself. After five starts that came to nothing the
sixth runs the health checker only, whose report names the reason. A restart by the operator, who
has mended it, is a new attempt.
"""

from tests.harness.deadline import eventually


def test_it_holds_in_safe_mode_until_somebody_restarts_it(new_appliance):
    appliance = new_appliance().start()
    reason = "2026-01-01 00:00:00Z  kafka could not be started. Its last lines:"
    appliance.exec("sh", "-c", f"echo '{reason}' >>/data/log/why-it-ended.txt")
    # Killed at once after each start: no start has been well for a minute.
    for _ in range(5):
        appliance.kill()
        appliance.start_again()

    answer = eventually(
        lambda: (seen := appliance.health("ready")).status_code == 503 and seen, 60,
        "the checker answers",
    ).json()  # fmt: skip

    assert answer["status"] == "safe mode"
    assert "5 starts within an hour failed" in answer["reason"]
    assert "kafka could not be started." in answer["reason"]
    assert appliance.states()["healthd"] == "RUNNING"
    assert {state for name, state in appliance.states().items() if name != "healthd"} == {"STOPPED"}
    assert appliance.health("deep").json()["problems"][0].startswith("safe mode: ")

    appliance.restart()
