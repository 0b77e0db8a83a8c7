"""The story of a contributor: `make dev`, change a file, and the program restarts with it."""

import pytest

from tests.harness.clone import Clone
from tests.harness.deadline import eventually
from tests.harness.docker import ROOT, CommandError, run

PID = "supervisorctl -c /opt/qlines/appliance/supervisord.conf pid"


@pytest.fixture
def clone(image):
    """Return a clone in which `make dev` runs."""
    clone = Clone()
    running = clone.start("dev")
    try:
        yield clone
    finally:
        clone.interrupt(running)
        clone.remove()


def pid(clone, program):
    try:
        return run("docker", "exec", clone.name, "sh", "-c", f"{PID} {program}").strip()
    except CommandError:
        return ""


def test_a_program_restarts_within_seconds_of_a_change_and_the_others_keep_running(clone):
    eventually(lambda: pid(clone, "gunicorn") not in ("", "0"), 120, "the appliance runs")
    eventually(lambda: "watch_source" in processes(clone), 60, "the source is watched")
    live, writer = pid(clone, "live"), pid(clone, "writer")

    (ROOT / "app" / "qlines" / "live" / "__main__.py").touch()

    # Documented as 5 s; the machine may be busy with other tests.
    eventually(lambda: pid(clone, "live") not in ("", "0", live), 15, "live restarts")
    assert pid(clone, "writer") == writer


def processes(clone):
    """Return the command lines of all processes in the container."""
    read = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"
    try:
        return run("docker", "exec", clone.name, "sh", "-c", read)
    except CommandError as error:
        return error.stdout
