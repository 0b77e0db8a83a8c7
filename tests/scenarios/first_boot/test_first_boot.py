"""The story of a first boot: `docker run`, with the options of the README or with none.

Within 120 s the appliance is ready and has printed a password. When it cannot start, one sentence
says why, and within 60 s the container ends with an error.
"""

import re

import pytest

from tests.harness.appliance import Appliance
from tests.harness.docker import HARDENED, run
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Browser, new_person


def test_no_process_runs_as_root_or_with_a_capability(appliance):
    # A process may end before its file is read.
    status = appliance.exec("sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null || true")

    owners = {line.split()[1] for line in status.splitlines() if line.startswith("Uid:")}
    capabilities = {line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")}
    assert "0" not in owners
    assert len(owners) == 1
    assert capabilities == {"0000000000000000"}


def test_pid_1_is_supervisord(appliance):
    command = appliance.exec("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline")

    assert "supervisord" in command


@pytest.fixture(scope="module")
def plain(image):
    """Yield an appliance that was started without any option, was used, and was started again."""
    plain = Appliance(image, options=(), volume="")
    try:
        owner = new_person(plain.start(), "owner")
        assert owner.api.document("/api/data")["total"] == 0
        with MqttDevice(plain, owner.new_device().token) as mqtt:
            assert mqtt.publish({"x": 1})
        plain.first_log = plain.logs()
        yield plain.restart()
    finally:
        plain.remove()


def test_it_starts_without_any_option_and_writes_nothing_outside_data_and_the_temporary_folders(
    plain,
):
    # Docker's list of what differs from the image; the volume at /data does not count.
    changes = [line.split()[1] for line in run("docker", "diff", plain.name).splitlines()]
    assert [path for path in changes if not re.match("/(run|tmp)(/|$)", path)] == []


def test_it_prints_the_first_password_once_and_the_admin_signs_in_with_it(plain):
    password = plain.secret("admin_password")

    answer = Browser(plain).sign_in("admin@example.com", password)

    assert answer.url.endswith("/devices")
    assert plain.first_log.count(password) == 1
    assert plain.logs().count(password) == 1


def test_only_the_appliance_can_read_its_secrets(appliance):
    listing = appliance.exec("sh", "-c", "stat -c '%a %n' /data/secrets/*")

    assert {line.split()[0] for line in listing.splitlines()} == {"600"}
    assert "/data/secrets/secret_key" in listing
    assert "/data/secrets/health_token" in listing


def test_a_given_password_is_used_and_never_printed(new_appliance):
    given = new_appliance(
        environment={
            "QLINES_ADMIN_EMAIL": "Boss@example.com",
            "QLINES_ADMIN_PASSWORD": "a password of mine",
        }
    ).start()

    answer = Browser(given).sign_in("boss@example.com", "a password of mine")
    assert answer.url.endswith("/devices")
    assert "a password of mine" not in given.logs()


def test_a_wrong_password_is_refused(appliance):
    answer = Browser(appliance).sign_in("admin@example.com", "not the password")

    assert not answer.url.endswith("/devices")


def the_only_log_line_of(appliance):
    assert appliance.exit_status() != 0
    lines = appliance.logs().strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_data_folder_that_cannot_be_written_stops_the_start(new_appliance, tmp_path):
    tmp_path.chmod(0o755)
    refused = new_appliance(volume=str(tmp_path)).create()

    sentence = the_only_log_line_of(refused)
    assert "/data" in sentence
    assert re.search(r"chown|writ", sentence)


def test_too_little_memory_stops_the_start(new_appliance):
    refused = new_appliance(options=(*HARDENED, "--memory", "600m")).create()

    sentence = the_only_log_line_of(refused)
    assert "700 MB" in sentence
    assert "600 MB" in sentence


def test_data_of_a_newer_version_stops_the_start(new_appliance):
    refused = new_appliance()
    write = "echo 999 >/data/version"
    run(
        "docker", "run", "--rm", "-v", f"{refused.volume}:/data",
        "--entrypoint", "sh", refused.image, "-c", write,
    )  # fmt: skip
    refused.create()

    sentence = the_only_log_line_of(refused)
    assert "999" in sentence
    assert "newer" in sentence


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("QLINES_SPOOL_SYNC", "sometimes", "one of interval, always, got 'sometimes'"),
        ("QLINES_RETENTION_DAYS", "-3", "whole number from 1 to 36500, got '-3'"),
        ("QLINES_ROLES", "webserver", "comma-separated list of links, redis, mongodb"),
        ("QLINES_KAFKA", "kafka", "host:port"),
        ("QLINES_ADMIN_EMAIL", "me", "an e-mail address such as me@example.com, got 'me'"),
        ("QLINES_SECRET_KEY_FILE", "/nowhere", "must name a readable text file"),
    ],
)
def test_an_invalid_setting_stops_the_start(new_appliance, variable, value, rule):
    refused = new_appliance(environment={variable: value}).create()

    sentence = the_only_log_line_of(refused)
    assert variable in sentence
    assert rule in sentence
