"""The build takes ClickHouse and MongoDB out of other images, with the official ones' layout."""

import subprocess
from pathlib import Path

import pytest

from tests.harness.docker import new_name, run
from tests.harness.proxy import has_image

ROOT = Path(__file__).resolve().parents[3]
TAKE = ROOT / "appliance" / "runtimes" / "take_clickhouse"
SAYS_ITS_VERSION = "#!/bin/sh\necho 'ClickHouse server version {version} (official build).'\n"
# The appliance's own mongod, and a ClickHouse that says no more than its version.
GIVEN = """FROM {image}
USER 0
COPY clickhouse /usr/bin/clickhouse
RUN cp /opt/mongodb/mongod /usr/bin/mongod && rm -rf /opt/mongodb /opt/clickhouse
"""


@pytest.fixture
def take(image, tmp_path):
    """Return a function that runs take_clickhouse beside a ClickHouse that says its version."""

    def take_version(version):
        server = tmp_path / "clickhouse"
        server.write_text(SAYS_ITS_VERSION.format(version=version))
        server.chmod(0o755)
        return subprocess.run(
            [
                "docker", "run", "--rm", "--network", "none", "--user", "0", "--entrypoint", "sh",
                "--tmpfs", "/opt/clickhouse:exec", "-v", f"{server}:/usr/bin/clickhouse:ro",
                "-v", f"{TAKE}:/take_clickhouse:ro", image, "-c",
                "sh /take_clickhouse && cd /opt/clickhouse && cat version major && ls",
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return take_version


@pytest.mark.parametrize("version", ["25.8.2.1", "25.12.1.3", "26.3.4.5", "30.1.1.1"])
def test_a_server_of_today_is_taken_with_its_version(take, version):
    major = version.split(".")[0]

    assert take(version).stdout.split() == [
        version, major, "clickhouse-server", "lib", "major", "version",
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["19.17.4.11", "24.12.1.1", "25.7.1.1"])
def test_a_server_between_18_16_and_25_8_is_refused(take, version):
    refused = take(version)

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        f"QLINES_CLICKHOUSE_IMAGE has ClickHouse {version}: give one with 25.8 or later"
    )


@pytest.fixture
def given(image, tmp_path):
    """Yield an image whose servers are where the official images have theirs."""
    name = f"{new_name()}-given"
    server = tmp_path / "clickhouse"
    server.write_text(SAYS_ITS_VERSION.format(version="25.8.2.1"))
    server.chmod(0o755)
    (tmp_path / "Dockerfile").write_text(GIVEN.format(image=image))
    run("docker", "build", "-q", "-t", name, str(tmp_path), seconds=120)
    yield name
    run("docker", "image", "rm", "-f", name)


def build_stage(stage, given):
    """Build the Dockerfile as far as a stage, with both servers from an image, and return it."""
    arguments = [f"QLINES_MONGODB_IMAGE={given}", f"QLINES_CLICKHOUSE_IMAGE={given}"]
    for argument, release in (("BASE", "trixie"), ("BOOKWORM_BASE", "bookworm")):
        if has_image(f"qlines/base:{release}"):
            arguments.append(f"{argument}=qlines/base:{release}")
    options = [word for argument in arguments for word in ("--build-arg", argument)]
    return run(
        "docker", "build", "-q", "--target", stage, "-f", str(ROOT / "appliance" / "Dockerfile"),
        *options, str(ROOT), seconds=1200,
    ).strip()  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "command", "printed"),
    [
        ("mongodb", "/opt/mongodb/mongod --version", "db version v6.0.5"),
        ("clickhouse", "cat /opt/clickhouse/version", "25.8.2.1"),
    ],
)
def test_the_stage_of_a_server_is_made_of_the_given_image(given, stage, command, printed):
    built = build_stage(stage, given)

    found = run("docker", "run", "--rm", "--entrypoint", "sh", built, "-c", command)

    assert found.startswith(printed)
