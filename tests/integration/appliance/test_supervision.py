"""What supervisord does for the programs: it names their lines and starts them again."""

import re

from tests.harness.appliance import run
from tests.harness.deadline import eventually

PROGRAMS = (
    "redis", "mongodb", "clickhouse", "kafka", "registry", "mosquitto", "ingest", "writer",
    "live", "rqworker", "cron", "gunicorn", "healthd",
)  # fmt: skip


def test_every_program_of_the_documents_runs(appliance):
    states = appliance.states()

    assert {name: states.get(name) for name in PROGRAMS} == dict.fromkeys(PROGRAMS, "RUNNING")
    assert states["init"] == "EXITED"


def test_each_log_line_begins_with_its_program(appliance):
    lines = [line for line in appliance.logs().splitlines() if line.strip()]

    assert {line.split()[0] for line in lines} >= {"mosquitto", "kafka", "ingest", "gunicorn"}
    # supervisord's own lines are told by their time.
    assert [
        line for line in lines if not re.match(r"[a-z]+ *\| |[-0-9]+ [:0-9]+,\d+ [A-Z]+ ", line)
    ] == []


def test_docker_sees_it_healthy(appliance):
    eventually(
        lambda: appliance.inspect("{{.State.Health.Status}}") == "healthy", 30,
        "Docker's own health check succeeds",
    )  # fmt: skip


def test_the_image_names_its_ports_its_volume_and_an_unprivileged_user(image):
    form = "{{.Config.User}} {{.Config.ExposedPorts}} {{.Config.Volumes}}"
    facts = run("docker", "image", "inspect", "--format", form, image)

    assert not facts.startswith(("0", "root", " "))
    assert all(port in facts for port in ("5000/tcp", "1883/tcp", "5001/tcp"))
    assert "/data" in facts


def test_no_program_in_the_image_gives_more_rights_than_its_caller_has(image):
    find = "find / -xdev -perm /6000 -type f 2>/dev/null || true"

    assert run("docker", "run", "--rm", "--entrypoint", "sh", image, "-c", find) == ""


def test_a_container_runs_only_the_programs_of_its_roles(new_appliance):
    small = new_appliance(environment={"QLINES_ROLES": "redis,healthd"}).create()

    assert small.wait_for_program("redis")
    states = small.states()
    assert {name for name, state in states.items() if state != "STOPPED"} == {"redis", "healthd"}
