"""The story of a program that will not run: PID 1 ends with an error, and /data says why."""

from tests.harness.docker import run


def test_the_container_ends_when_a_program_it_cannot_live_without_is_given_up(new_appliance):
    appliance = new_appliance().start()

    # A file in the place of its folder: mongod cannot start again, however often it is tried.
    appliance.exec("sh", "-c", "mv /data/mongodb /data/mongodb.away && echo no >/data/mongodb")
    appliance.kill_program("mongodb")

    assert appliance.exit_status(seconds=240) != 0
    reasons = run(
        "docker", "run", "--rm", "-v", f"{appliance.volume}:/data:ro", "--entrypoint", "sh",
        appliance.image, "-c", "cat /data/log/*",
    )  # fmt: skip
    assert "mongodb" in reasons
    assert "mongodb" in appliance.logs(30)
