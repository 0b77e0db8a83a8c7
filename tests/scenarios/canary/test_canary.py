"""The story of messages that stop: the health report names the stage and the program.

1. ingest is stopped: within 45 s the report says that messages are acknowledged and not readable.
2. The web server hangs: the report says so, and the checker's own loop continues.
3. Each time messages arrive again once the program runs, and the report is well.
"""

import pytest

from tests.harness.deadline import eventually


def problems(appliance):
    """Return the sentences of the deep report, whatever its status."""
    return appliance.health("deep").json()["problems"]


def about_the_canary(appliance):
    """Return the sentence about the canary, or ""."""
    return next((line for line in problems(appliance) if "of the canary" in line), "")


def has_arrived(appliance):
    """Return whether a message was readable lately."""
    age_seconds = appliance.health("deep").json()["canary"]["age_seconds"]
    return age_seconds is not None and age_seconds < 15


def test_stopping_ingest_names_the_stage_and_the_program(killable_appliance):
    eventually(lambda: has_arrived(killable_appliance), 60, "a message arrives")

    killable_appliance.supervisor("stop", "ingest")
    try:
        sentence = eventually(lambda: about_the_canary(killable_appliance), 45, "it is named")
    finally:
        killable_appliance.supervisor("start", "ingest")

    assert "is acknowledged, but not readable by /api/data" in sentence
    assert "ingest is failed" in sentence
    eventually(lambda: has_arrived(killable_appliance), 60, "messages arrive again")
    assert about_the_canary(killable_appliance) == ""


# In every run stopped_programs stops it, and the report of the checker names it.
@pytest.mark.long
def test_a_web_server_that_hangs_is_named_and_the_checker_goes_on(killable_appliance):
    def named():
        assert killable_appliance.health("live").status_code == 200
        return [line for line in problems(killable_appliance) if "gunicorn" in line]

    eventually(lambda: has_arrived(killable_appliance), 60, "a message arrives")
    pid = killable_appliance.pid("gunicorn")
    family = f"{pid} $(cat /proc/{pid}/task/{pid}/children)"
    killable_appliance.exec("sh", "-c", f"kill -STOP {family}")
    try:
        sentences = eventually(named, 45, "the web server is named")
    finally:
        killable_appliance.exec("sh", "-c", f"kill -CONT {family} || true")

    assert sentences[0].startswith("gunicorn (failed)")
    eventually(lambda: has_arrived(killable_appliance), 60, "messages arrive again")
