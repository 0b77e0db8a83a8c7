"""What `ha/twin.sh` decides before it touches anything, and how it changes .env."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "ha" / "twin.sh"


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
