import re
from pathlib import Path

from ha.pairing.equal_settings import EQUAL, HEADING, TAKEN_OVER, chosen, merged

SAMPLE = (Path(__file__).resolve().parents[4] / ".env.example").read_text()


def test_only_settings_that_must_be_equal_are_shared() -> None:
    environment = ["QLINES_RETENTION_DAYS=30\n", "QLINES_NAME=a\n", "QLINES_SMTP_URL=\n", "HOME=/"]

    assert chosen(environment) == {"QLINES_RETENTION_DAYS": "30"}


def test_each_of_them_is_a_setting_of_the_sample() -> None:
    known = set(re.findall(r"^#? ?(QLINES_[A-Z_]*[A-Z])=", SAMPLE, re.MULTILINE))

    assert set(EQUAL) - known == set()
    assert set(TAKEN_OVER) - known == set()


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
