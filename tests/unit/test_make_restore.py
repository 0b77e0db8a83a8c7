"""What `make restore` decides before it touches anything; the containers are in the scenarios."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "appliance" / "backup.sh"


def bash(code, *, stdin=subprocess.DEVNULL, **env):
    """Run code with the script's functions, as `make restore` has them."""
    return subprocess.run(
        ["bash", "-c", f'source {SCRIPT}; cd "$FOLDER"; {code}'],
        env={"PATH": os.environ["PATH"], "FOLDER": "/", **env},
        stdin=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


SHOW = 'find_repository; printf "%s\\n" "$REPOSITORY" "${REPOSITORY_MOUNTS[@]}" "${READ_ONLY[@]}"'


def test_a_folder_is_mounted_read_only_and_so_is_that_of_the_secrets(tmp_path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup-secrets").mkdir()

    shown = bash(SHOW, FOLDER=str(tmp_path), FROM="backup").stdout.splitlines()

    assert shown == [
        "/repository",
        "--volume", f"{tmp_path}/backup:/repository:ro",
        "--volume", f"{tmp_path}/backup-secrets:/repository-secrets:ro",
        "--no-lock",
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["sftp:me@host:/folder", "s3:https://host/bucket"])
def test_an_address_is_passed_as_it_is(address):
    assert bash(SHOW, FROM=address).stdout.split() == [address]


@pytest.mark.parametrize(
    ("source", "reason"),
    [("", "FROM must name the repository"), ("/missing", "must be a folder of this machine")],
)
def test_what_is_no_repository_is_refused(source, reason):
    refused = bash("find_repository", FROM=source)

    assert refused.returncode == 1
    assert reason in refused.stderr


def test_the_password_comes_from_the_environment_or_a_file_that_env_names(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "password").write_text("from the file\n")
    read = 'read_password; echo "$PASSWORD"'
    file = {
        "QLINES_SECRETS_DIR": str(tmp_path),
        "QLINES_BACKUP_PASSWORD_FILE": "/etc/qlines/password",
    }

    assert bash(read, QLINES_BACKUP_PASSWORD="a password").stdout == "a password\n"
    assert bash(read, **file).stdout == "from the file\n"


def test_without_a_terminal_a_missing_password_is_refused():
    refused = bash("read_password", FROM="/mnt/backup")

    assert refused.returncode == 1
    assert "QLINES_BACKUP_PASSWORD=… make restore FROM=/mnt/backup" in refused.stderr


def test_the_restoring_container_gets_the_stores_and_no_schedule():
    code = "REPOSITORY=/repository PASSWORD=x; keep_needed_settings; compgen -e QLINES_"
    names = bash(
        code, QLINES_ADMIN_PASSWORD="secret", QLINES_SMTP_URL="smtp://h", QLINES_ROLES="all",
        QLINES_MONGODB_FILE="/etc/qlines/mongodb", QLINES_BACKUP_KEEP="1d,0w,0m",
    ).stdout.split()  # fmt: skip

    assert names == [
        "QLINES_BACKUP_EVERY", "QLINES_BACKUP_PASSWORD", "QLINES_BACKUP_REPOSITORY",
        "QLINES_DRILL_EVERY", "QLINES_MONGODB_FILE", "QLINES_ROLES",
    ]  # fmt: skip


STAND_INS = """
NAME=qlines IMAGE=image FROM=/backup
has_volume() { true; }
is_running() { [ -n "${RUNNING-}" ]; }
docker() { printf '%s' "${SAID-}"; return "${STATUS-0}"; }
"""


@pytest.mark.parametrize(
    ("running", "said", "is_used"),
    [("1", "0", False), ("1", "1", True), ("", "", False), ("", "a picture", True)],
)
def test_a_running_blog_is_asked_what_it_has_and_a_stopped_one_has_its_dumps(
    running, said, is_used
):
    code = f"{STAND_INS} if is_blog_used; then echo used; else echo unused; fi"

    answer = bash(code, FOLDER=str(SCRIPT.parents[1]), RUNNING=running, SAID=said)

    assert answer.stdout == ("used\n" if is_used else "unused\n")


@pytest.mark.parametrize(
    ("running", "reason"),
    [("1", "does not say whether it has posts"), ("", "the volume of the blog cannot be read")],
)
def test_a_blog_that_does_not_answer_is_not_an_empty_one(running, reason):
    code = f"{STAND_INS} ! is_blog_used || echo used"

    refused = bash(code, FOLDER=str(SCRIPT.parents[1]), RUNNING=running, STATUS="1")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert reason in refused.stderr
