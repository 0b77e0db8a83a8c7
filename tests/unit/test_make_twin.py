"""What `ha/twin.sh` decides before it touches anything, and how it changes .env."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "ha" / "twin.sh"


def bash(code, folder="/", **env):
    """Run code with the script's functions in a folder of its own."""
    return subprocess.run(
        ["bash", "-c", f'source {SCRIPT}; cd "$FOLDER"; {code}'],
        env={"PATH": os.environ["PATH"], "FOLDER": str(folder), **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("", "FILE must name the invitation that make twin-invite wrote"),
        ("/missing", "FILE must be a file that can be read, got '/missing'"),
    ],
)
def test_an_invitation_that_is_not_there_is_refused(file, reason):
    refused = bash("require_invitation", FILE=file)

    assert refused.returncode == 1
    assert reason in refused.stderr


def test_an_invitation_replaces_no_file(tmp_path):
    (tmp_path / "twin-invitation.txt").touch()

    refused = bash("require_new_file", tmp_path)

    assert refused.returncode == 1
    assert "twin-invitation.txt exists and may be another invitation" in refused.stderr


def test_the_passphrase_comes_from_the_environment_and_goes_no_further():
    code = 'read_passphrase; echo "$PASSPHRASE"; env | grep -c PASSPHRASE'

    assert bash(code, QLINES_TWIN_PASSPHRASE="abcd-efgh").stdout.split() == ["abcd-efgh", "0"]


def test_without_a_terminal_a_missing_passphrase_says_how_to_give_it():
    refused = bash("read_passphrase", FILE="invitation")

    assert refused.returncode == 1
    assert "QLINES_TWIN_PASSPHRASE=… make twin-join FILE=invitation" in refused.stderr


def test_a_setting_of_env_is_replaced_or_added_and_the_others_stay(tmp_path):
    (tmp_path / ".env").write_text("# why\nQLINES_TWIN=off\nQLINES_TWIN_APP_PORT=1\n")

    bash("set_in_env QLINES_TWIN on; set_in_env QLINES_NAME x", tmp_path)

    assert (tmp_path / ".env").read_text() == (
        "# why\nQLINES_TWIN_APP_PORT=1\nQLINES_TWIN=on\nQLINES_NAME=x\n"
    )


def test_a_first_setting_makes_env(tmp_path):
    bash("set_in_env QLINES_TWIN on", tmp_path)

    assert (tmp_path / ".env").read_text() == "QLINES_TWIN=on\n"


def test_a_new_env_is_for_its_owner_only_and_one_that_is_there_keeps_its_mode(tmp_path):
    bash("umask 022; set_in_env QLINES_TWIN on", tmp_path)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600

    (tmp_path / ".env").chmod(0o644)
    bash("set_in_env QLINES_TWIN off", tmp_path)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o644


@pytest.mark.parametrize(("mode", "expected"), [(None, 0o600), (0o664, 0o660)])
def test_an_env_with_the_passwords_of_the_other_vm_is_read_by_no_others(tmp_path, mode, expected):
    if mode:
        (tmp_path / ".env").touch()
        (tmp_path / ".env").chmod(mode)
    (tmp_path / "invitation").touch()
    code = """
        pairing() { cat >/dev/null; echo QLINES_SMTP_URL=smtp://user:password@mail; }
        forget_settings() { :; }
        umask 022
        PASSPHRASE=x write_joined_side
    """

    bash(code, tmp_path, FILE="invitation")

    assert (tmp_path / ".env").read_text() == "QLINES_SMTP_URL=smtp://user:password@mail\n"
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == expected


def test_a_new_env_counts_more_than_the_old_one_and_less_than_the_environment(tmp_path):
    (tmp_path / ".env").write_text("QLINES_DEVICE_KEYS=1\nQLINES_QUERY_ROWS=1\n")
    code = """
        require_docker() { :; }
        prepare
        printf 'QLINES_DEVICE_KEYS=2\nQLINES_NAME=other\n' >.env
        forget_settings
        echo "$QLINES_DEVICE_KEYS ${QLINES_QUERY_ROWS-unset} $NAME"
    """

    shown = bash(code, tmp_path, QLINES_NAME="given").stdout

    assert shown.split() == ["2", "unset", "given"]


def test_a_vm_that_leaves_gives_the_virtual_address_up_and_the_other_one_keeps_it(tmp_path):
    (tmp_path / ".env").write_text("QLINES_VIRTUAL_ADDRESS=192.0.2.10/24\nQLINES_NAME=x\n")
    code = 'give_up_address; echo "[$QLINES_VIRTUAL_ADDRESS]"'

    said = bash(code, tmp_path, QLINES_VIRTUAL_ADDRESS="192.0.2.10/24").stdout

    assert "192.0.2.10/24 stays with the other VM" in said
    assert said.endswith("[]\n")
    assert (tmp_path / ".env").read_text() == "QLINES_NAME=x\nQLINES_VIRTUAL_ADDRESS=\n"


def test_a_vm_that_leaves_without_such_an_address_keeps_its_env(tmp_path):
    (tmp_path / ".env").write_text("QLINES_NAME=x\n")

    assert bash("give_up_address", tmp_path).stdout == ""
    assert (tmp_path / ".env").read_text() == "QLINES_NAME=x\n"


# What a goal does in which order, with stand-ins for the containers.
STEPS = """
require_docker() { :; }
require_running() { :; }
require_invitation() { :; }
read_passphrase() { :; }
build_images() { echo build; }
make_volumes() { :; }
fingerprint_of() { :; }
stop_parts() { echo stop; }
appliance/vm.sh() { echo "vm $*"; }
reload_links() { echo reload; }
pairing() {
    case $1 in
        check) cat >/dev/null; echo "$CHECKED" ;;
        join) cat >/dev/null; echo QLINES_TWIN=on ;;
    esac
}
write_invitation() { PASSPHRASE=passphrase-1; echo "write"; }
require_unused_app() { echo "ask app"; }
has_volume() { true; }
require_unused_blog() { echo "ask blog"; }
docker() { [ "$1" != inspect ]; }
"""


def steps_of(goal, folder, **env):
    done = bash(f"{STEPS} {goal}", folder, **env)
    return [line for line in done.stdout.splitlines() if not line.startswith("▶")]


def test_an_invitation_is_printed_after_the_build_and_before_the_restart(tmp_path):
    code = f"{STEPS} fingerprint_of() {{ cat .env 2>/dev/null || true; }}; invite"
    done = bash(code, tmp_path).stdout.splitlines()
    found = [line for line in done if line.startswith(("build", "write", "  Pass", "vm"))]

    assert [line.split()[0] for line in found] == ["build", "write", "Passphrase", "vm"]
    assert found[-1] == "vm restart"


def test_a_vm_that_leaves_is_built_before_anything_is_deleted(tmp_path):
    code = f"{STEPS} pairing() {{ echo delete; }}; leave"
    done = bash(code, tmp_path).stdout.splitlines()

    assert [line for line in done if not line.startswith("▶")] == ["build", "delete", "vm restart"]


@pytest.mark.parametrize(
    ("checked", "replace", "expected"),
    [
        ("first", "", ["build", "ask app", "ask blog", "stop", "vm up"]),
        # Only 1 says yes.
        ("first", "0", ["build", "ask app", "ask blog", "stop", "vm up"]),
        ("first", "1", ["build", "stop", "vm up"]),
        ("replacing", "1", ["build", "stop", "vm up"]),
        # The stores stay, so nothing needs to stop.
        ("again", "", ["build", "reload"]),
        ("again", "1", ["build", "reload"]),
    ],
)
def test_stores_are_emptied_only_after_the_vm_was_asked_and_stopped(
    tmp_path, checked, replace, expected
):
    (tmp_path / "invitation").touch()
    env = {"CHECKED": checked, "REPLACE": replace, "FILE": "invitation"}

    assert steps_of("PASSPHRASE=x; join", tmp_path, **env) == expected


ANSWERS = """
NAME=qlines FILE=invitation
is_running() { [ "${RUNS-1}" = 1 ]; }
has_volume() { true; }
docker() {
    [[ "$*" != *--interactive* ]] || cat >/dev/null
    case "$*" in
        *"device list"*) echo "${DEVICES-[]}" ;;
        *"user list"*) echo "${USERS-[]}" ;;
        *"bash -s"*) echo "${POSTS-0}" ;;
        "run "*) echo "${SAID-no}" ;;
    esac
    [[ "$*" != *"${FAILS-nothing}"* ]]
}
JOINING=first
"""


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"DEVICES": '[{"id": 1}]'}, "this VM has devices"),
        ({"USERS": '[{"email": 1}, \n {"email": 2}]'}, "this VM has users besides"),
        ({"POSTS": "1"}, "this VM has posts, pages or uploads"),
        ({"FAILS": "device list"}, "the app does not say whether it has data"),
        ({"FAILS": "user list"}, "the app does not say whether it has data"),
        ({"FAILS": "bash -s"}, "the blog does not say whether it has data"),
        ({"RUNS": "0", "SAID": "yes"}, "the app does not say whether it has data"),
        ({"RUNS": "0", "FAILS": "run "}, "the volumes of qlines cannot be read"),
    ],
)
def test_a_vm_with_data_or_without_an_answer_is_not_replaced(answers, reason):
    refused = bash(f"{ANSWERS} require_unused; echo replaced", ROOT, **answers)

    assert refused.returncode == 1
    assert reason in refused.stderr
    assert "replaced" not in refused.stdout


@pytest.mark.parametrize("answers", [{}, {"RUNS": "0"}])
def test_an_empty_vm_may_be_replaced(answers):
    assert bash(f"{ANSWERS} require_unused; echo replaced", ROOT, **answers).stdout == "replaced\n"


def test_a_witness_is_stopped_before_its_data_may_go_and_started_if_they_stay(tmp_path):
    (tmp_path / "invitation").touch()
    code = """
        NAME=w PASSPHRASE=x
        docker() { echo "$@" >>log; }
        pairing() { cat >/dev/null; echo "$@" >>log; return 2; }
        write_witness
    """

    refused = bash(code, tmp_path, FILE="invitation")

    assert (tmp_path / "log").read_text().splitlines() == ["stop w", "witness", "start w"]
    assert "there is no new witness" in refused.stderr


# A stand-in for MariaDB's client: the query is its last argument.
MARIADB = """#!/bin/bash
case ${!#} in
    *information_schema*) printf '`one`.`wp_posts`\\n`two`.`x_posts`\\n' ;;
    *one*) echo 2 ;;
    *) echo "${POSTS_OF_TWO-0}"; exit "${STATUS-0}" ;;
esac
"""


def count_contents(folder, **env):
    program = folder / "bin" / "mariadb"
    program.parent.mkdir()
    program.write_text(MARIADB)
    program.chmod(0o755)
    uploads = folder / "sites" / "one" / "wp-content" / "uploads" / "2026"
    uploads.mkdir(parents=True)
    (uploads / "picture.jpg").touch()
    (folder / "sites" / "one" / "wp-content" / "theme.css").touch()
    path = f"{program.parent}:{os.environ['PATH']}"
    return bash(
        "bash -s <$SCRIPT", folder, SCRIPT=str(ROOT / "blog/count_contents.sh"),
        SITES_FOLDER=str(folder / "sites"), **{**env, "PATH": path},
    )  # fmt: skip


def test_posts_of_every_site_and_uploads_count(tmp_path):
    assert count_contents(tmp_path, POSTS_OF_TWO="3").stdout == "6\n"


def test_a_database_that_does_not_answer_is_not_an_empty_one(tmp_path):
    done = count_contents(tmp_path, STATUS="1")

    assert (done.returncode, done.stdout) == (1, "")
