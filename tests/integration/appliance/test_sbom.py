"""The image lists what it contains, in a form that scanners read."""

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.harness.docker import run

ROOT = Path(__file__).resolve().parents[3]
MAX_BYTES = 1_000_000


@pytest.fixture(scope="module")
def text(image):
    file = "/usr/share/qlines/sbom.cdx.json"
    return run("docker", "run", "--rm", "--entrypoint", "cat", image, file)


def test_it_is_valid_and_small(text):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert len(text) < MAX_BYTES


def test_every_kind_of_part_is_in_it(text, image):
    components = json.loads(text)["components"]
    versions = {item["name"]: item["version"] for item in components}
    packages = run("docker", "run", "--rm", "--entrypoint", "dpkg-query", image, "-W",
                   "-f", "${Package} ${Version}\n")  # fmt: skip

    listed = {f"{item['name']} {item['version']}" for item in components}
    assert {*packages.splitlines()} <= listed
    assert versions["mongodb"] == "6.0.5"
    assert versions["clickhouse-server"].startswith("18.16.1+ds")
    assert "libpocofoundation80" in versions  # a library beside ClickHouse
    assert versions["org.apache.kafka:kafka_2.13"] == "4.3.1"
    assert versions["openjdk"].startswith("25")
    lock = (ROOT / "requirements.lock").read_text()
    assert f"gunicorn=={versions['gunicorn']}" in lock
    npm = json.loads((ROOT / "app" / "package-lock.json").read_text())["packages"]
    assert versions["uplot"] == npm["node_modules/uplot"]["version"]
