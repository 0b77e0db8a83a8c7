import re
from pathlib import Path

from ha.pairing.equal_settings import (
    EQUAL,
    FROM_FILES,
    HEADING,
    SWITCH,
    TAKEN_OVER,
    chosen,
    merged,
    read,
)

SAMPLE = (Path(__file__).resolve().parents[4] / ".env.example").read_text()


def test_only_settings_that_must_be_equal_are_shared() -> None:
    environment = {"QLINES_RETENTION_DAYS": "30", "QLINES_NAME": "a", "QLINES_SMTP_URL": ""}

    assert chosen(environment) == {"QLINES_RETENTION_DAYS": "30"}


# Names, ports, disks, networks and images of a machine, what it logs, and stores of one's own.
OF_THE_MACHINE = re.compile(
    r"QLINES_(NAME|SECRETS_DIR|ROLES|NODE|KAFKA\w*|MONGODB|MONGODB_FILE|CLICKHOUSE\w*|REDIS|REDIS_FILE|BASE"
    r"|BOOKWORM_BASE|MONGODB_IMAGE|\w*_PORT|SPOOL_LIMIT_MB|DISK_GUARD_PERCENT|LOG_LEVEL|ACCESS_LOG|ACME_CHECK"
    r"|\w*UPSTREAMS|VIRTUAL_INTERFACE|BLOG_SYNC_SECONDS|BLOG_ADMIN_USER)"
)


def test_each_setting_of_the_sample_is_shared_taken_over_or_of_the_machine() -> None:
    known = set(re.findall(r"^#? ?(QLINES_[A-Z_]*[A-Z])=", SAMPLE, re.MULTILINE))
    shared = {*EQUAL, *TAKEN_OVER, *SWITCH, *(f"{name}_FILE" for name in FROM_FILES)}

    assert shared - known == set()
    assert {name for name in known - shared if not OF_THE_MACHINE.fullmatch(name)} == set()
    assert {name for name in shared if OF_THE_MACHINE.fullmatch(name)} == set()


def test_a_file_of_this_vm_does_not_contradict_the_value_of_the_other() -> None:
    text = merged(
        "QLINES_SMTP_URL_FILE=/etc/qlines/smtp\n", {"QLINES_SMTP_URL": "smtp://mail.example.com"}
    )

    assert "\nQLINES_SMTP_URL=smtp://mail.example.com\n" in text
    assert "# QLINES_SMTP_URL_FILE=\n" in text
    assert "/etc/qlines/smtp" not in text


def test_the_settings_of_an_env_are_read_without_their_quotes() -> None:
    lines = ["# why", "QLINES_BACKUP_PASSWORD='a b=c'", "QLINES_NAME=x\n", "OTHER=1"]

    assert read(lines) == {"QLINES_BACKUP_PASSWORD": "a b=c", "QLINES_NAME": "x"}


def test_a_setting_is_replaced_where_it_stands_and_a_new_one_is_added() -> None:
    env_file = "# Comment\nQLINES_RETENTION_DAYS=365\nQLINES_NAME=b\n"

    text = merged(env_file, {"QLINES_RETENTION_DAYS": "30", "QLINES_DEVICE_KEYS": "7"})

    assert text.splitlines() == [
        "# Comment",
        "QLINES_RETENTION_DAYS=30",
        "QLINES_NAME=b",
        "",
        HEADING,
        "QLINES_DEVICE_KEYS=7",
        "QLINES_TWIN=on",
    ]


def test_what_the_other_vm_does_not_set_is_set_here_no_more() -> None:
    text = merged("QLINES_RETENTION_DAYS=365\nQLINES_SECRET_KEY=own\n", {})

    assert "# QLINES_RETENTION_DAYS=\n" in text
    assert "# QLINES_SECRET_KEY=\n" in text
    assert "own" not in text


def test_doing_it_again_changes_nothing() -> None:
    settings = {"QLINES_BLOG_TITLES": "one=News of #1;two=It's $5", "QLINES_DEVICE_KEYS": "7"}
    once = merged(SAMPLE, settings)

    assert merged(once, settings) == once


def test_a_value_that_compose_would_expand_is_quoted() -> None:
    text = merged("", {"QLINES_BLOG_TITLES": "one=News of $1"})

    assert "QLINES_BLOG_TITLES='one=News of $1'\n" in text


def test_a_setting_of_the_machine_is_taken_from_nobody() -> None:
    assert "QLINES_NAME" not in merged("", {"QLINES_NAME": "a"})
