"""The story of a first boot.

Somebody types `docker run`, with the flags of the README or with none, and gets a ready appliance
and a password. When it cannot start, one sentence says why and the container ends with an error.
"""

import re

import pytest

from tests.harness.docker import HARDENED, run
from tests.harness.people import Browser, new_person


def test_it_runs_without_any_privilege(appliance):
    status = appliance.exec("sh", "-c", "cat /proc/[0-9]*/status")

    owners = {line.split()[1] for line in status.splitlines() if line.startswith("Uid:")}
    powers = {line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")}
    assert "0" not in owners
    assert len(owners) == 1
    assert powers == {"0000000000000000"}


def test_it_writes_nothing_outside_data_and_the_temporary_folders(appliance):
    answer = appliance.exec("sh", "-c", "touch /usr/x 2>&1 || true")

    assert "Read-only file system" in answer


def test_pid_1_is_supervisord(appliance):
    command = appliance.exec("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline")

    assert "supervisord" in command


def test_it_needs_no_option_at_all(new_appliance):
    plain = new_appliance(options=(), volume="").start()

    owner = new_person(plain, "owner")
    assert owner.api.document("/api/data")["total"] == 0


def test_it_prints_the_first_password_once_and_it_opens_the_door(new_appliance):
    fresh = new_appliance().start()
    password = fresh.secret("admin_password")
    first_log = fresh.logs()
    fresh.restart()

    browser = Browser(fresh)
    answer = browser.sign_in("admin@example.com", password)
    assert answer.url.endswith("/devices")
    assert first_log.count(password) == 1
    assert fresh.logs().count(password) == 1


def test_secrets_are_for_nobody_else(appliance):
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


def test_a_wrong_password_opens_nothing(appliance):
    answer = Browser(appliance).sign_in("admin@example.com", "not the password")

    assert not answer.url.endswith("/devices")


def the_only_sentence_of(appliance):
    assert appliance.exit_status() != 0
    lines = appliance.logs().strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_folder_that_it_may_not_write_ends_the_start(new_appliance, tmp_path):
    tmp_path.chmod(0o755)
    refused = new_appliance(volume=str(tmp_path)).create()

    sentence = the_only_sentence_of(refused)
    assert "/data" in sentence
    assert re.search(r"chown|writ", sentence)


def test_too_little_memory_ends_the_start(new_appliance):
    refused = new_appliance(options=(*HARDENED, "--memory", "600m")).create()

    sentence = the_only_sentence_of(refused)
    assert "700 MB" in sentence
    assert "600 MB" in sentence


def test_data_of_a_newer_version_ends_the_start(new_appliance):
    refused = new_appliance()
    write = "echo 999 >/data/version"
    run(
        "docker", "run", "--rm", "-v", f"{refused.volume}:/data",
        "--entrypoint", "sh", refused.image, "-c", write,
    )  # fmt: skip
    refused.create()

    sentence = the_only_sentence_of(refused)
    assert "999" in sentence
    assert "newer" in sentence


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("QLINES_SPOOL_SYNC", "sometimes", "one of interval, always, got 'sometimes'"),
        ("QLINES_RETENTION_DAYS", "-3", "whole number from 1 to 36500, got '-3'"),
        ("QLINES_ROLES", "webserver", "comma-separated list of redis, mongodb"),
        ("QLINES_KAFKA", "kafka", "host:port"),
        ("QLINES_ADMIN_EMAIL", "me", "an e-mail address such as me@example.com, got 'me'"),
        ("QLINES_SECRET_KEY_FILE", "/nowhere", "must name a readable text file"),
    ],
)
def test_a_setting_that_makes_no_sense_ends_the_start(new_appliance, variable, value, rule):
    refused = new_appliance(environment={variable: value}).create()

    sentence = the_only_sentence_of(refused)
    assert variable in sentence
    assert rule in sentence
