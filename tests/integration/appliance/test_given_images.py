"""The build takes ClickHouse out of another image, of the layout of the official one."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TAKE = ROOT / "appliance" / "runtimes" / "take_clickhouse"


@pytest.fixture
def take(image, tmp_path):
    """Return a function that runs take_clickhouse beside a ClickHouse that says its version."""

    def run(version):
        server = tmp_path / "clickhouse"
        server.write_text(
            f"#!/bin/sh\necho 'ClickHouse server version {version} (official build).'\n"
        )
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

    return run


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
    assert refused.stderr == (
        f"QLINES_CLICKHOUSE_IMAGE has ClickHouse {version}: give one with 25.8 or later\n"
    )
