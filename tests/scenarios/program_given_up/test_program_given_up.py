"""The story of a program that cannot start: PID 1 ends with an error, and /data/log says why.

Within 240 s supervisord has tried often enough, and the container has ended.
"""

from tests.harness.docker import run


def test_the_container_ends_when_supervisord_gives_up_a_program_that_it_needs(new_appliance):
    appliance = new_appliance().start()

    # With a file in place of its folder mongod fails at every start. It may notice before the kill.
    away = "mv /data/mongodb /data/mongodb.away && echo no >/data/mongodb"
    appliance.exec("sh", "-c", f"{away}; kill -KILL {appliance.pid('mongodb')} || true")

    assert appliance.exit_status(seconds=240) != 0
    reasons = run(
        "docker", "run", "--rm", "-v", f"{appliance.volume}:/data:ro", "--entrypoint", "sh",
        appliance.image, "-c", "cat /data/log/*",
    )  # fmt: skip
    assert "mongodb" in reasons
    assert "mongodb" in appliance.logs(30)
