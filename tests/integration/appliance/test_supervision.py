"""What supervisord does for the programs: it starts them by role and prefixes their lines."""

import re

from qlines.programs import PROGRAMS
from tests.harness.deadline import eventually
from tests.harness.docker import HARDENED, CommandError, run
from tests.harness.programs import FOR_SEVERAL


def test_every_program_of_the_table_runs(appliance):
    expected = {
        program.name: "EXITED" if program.is_one_shot else "RUNNING" for program in PROGRAMS
    } | dict.fromkeys(FOR_SEVERAL, "STOPPED")

    # The appliance may be ready before kafka's startsecs of 6 s are over.
    eventually(
        lambda: appliance.states() == expected, 20, "every program has started, and init ended"
    )


def test_each_log_line_begins_with_its_program(appliance):
    lines = [line for line in appliance.logs().splitlines() if line.strip()]

    assert {line.split()[0] for line in lines} >= {"mosquitto", "kafka", "ingest", "gunicorn"}
    # supervisord's own lines begin with their time.
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


def is_ready(appliance):
    """Return the exit status of Docker's health check, and what it prints."""
    try:
        return 0, appliance.exec("/opt/qlines/appliance/is_ready")
    except CommandError as error:
        return error.status, error.stdout


def test_a_container_runs_only_the_programs_of_its_roles(new_appliance):
    # Blanks are allowed: the health check must find healthd nevertheless.
    small = new_appliance(environment={"QLINES_ROLES": "redis, healthd"}).create()

    assert small.wait_for_program("redis")
    states = small.states()
    assert {name for name, state in states.items() if state != "STOPPED"} == {"redis", "healthd"}
    small.wait_ready()
    assert is_ready(small) == (0, '{"status": "ok"}\n')

    small.supervisor("stop", "healthd")
    assert is_ready(small)[0] != 0


def test_dockers_health_check_succeeds_where_healthd_is_not_among_the_roles(
    new_appliance, tmp_path
):
    tmp_path.chmod(0o755)
    file = tmp_path / "roles"
    file.write_text("redis\n")
    small = new_appliance(
        environment={"QLINES_ROLES_FILE": "/etc/qlines/roles"},
        options=(*HARDENED, "--volume", f"{file}:/etc/qlines/roles:ro"),
    ).create()

    assert small.wait_for_program("redis")
    assert is_ready(small) == (0, "healthd is not one of this container's roles\n")
