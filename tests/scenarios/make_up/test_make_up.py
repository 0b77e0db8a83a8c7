"""The story of a newcomer: `make up` in a clone, sign in, connect a device, `make up` again.

Within 5 s the printed commands have registered a device that may send. The clone has a name and
ports of its own, so it runs beside a real `qlines`.
"""

import pytest
import requests

from tests.harness.clone import Clone
from tests.harness.deadline import eventually
from tests.harness.docker import run


@pytest.fixture
def clone(image):
    """Yield a clone; its container and its volume are removed afterwards."""
    clone = Clone()
    yield clone
    clone.remove()


def test_its_output_is_enough_for_a_first_device_and_a_second_run_changes_nothing(clone):
    first = clone.make("up")
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"http://localhost:{clone.web}" in first.stdout
    assert "admin@example.com" in first.stdout
    command = next(line for line in first.stdout.splitlines() if "qlines device add" in line)

    added = run("sh", "-c", command)
    token = "first-token-0001"
    assert token in added
    url = f"http://127.0.0.1:{clone.web}/api/v1/{token}/telemetry"
    eventually(
        lambda: requests.post(url, json={"temperature": 21.5}, timeout=10).status_code == 200, 5,
        "the first device's message is accepted",
    )  # fmt: skip

    started = run("docker", "inspect", "--format", "{{.State.StartedAt}}", clone.name)
    again = clone.make("up")
    assert again.returncode == 0
    assert run("docker", "inspect", "--format", "{{.State.StartedAt}}", clone.name) == started

    mail = "smtp://me:a-mail-password@mail.example.com"
    changed = clone.make("up", QLINES_RETENTION_DAYS="30", QLINES_SMTP_URL=mail)
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert "a-mail-password" not in run("docker", "inspect", clone.name)
    file = "/data/secrets/passed/QLINES_SMTP_URL"
    stored = run("docker", "exec", clone.name, "sh", "-c", f"stat -c %a {file}; cat {file}")
    assert stored == f"600\n{mail}"
    assert "QLINES_RETENTION_DAYS=30" in run("docker", "exec", clone.name, "env")
    assert requests.post(url, json={"temperature": 22}, timeout=10).status_code == 200

    assert clone.make("down").returncode == 0
    assert run("docker", "volume", "ls", "-q", "--filter", f"name={clone.name}-data").strip()


def test_an_invalid_setting_is_refused_with_a_sentence(clone):
    refused = clone.make("up", QLINES_SPOOL_SYNC="sometimes")

    assert refused.returncode != 0
    assert "QLINES_SPOOL_SYNC must be one of interval, always" in refused.stderr


def test_a_port_in_use_is_named(clone, appliance):
    clone.web = appliance.web_port

    refused = clone.make("up")

    assert refused.returncode != 0
    assert f"port {appliance.web_port} is in use" in refused.stderr
