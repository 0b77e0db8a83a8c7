"""A secret in the environment becomes a file before any program is started."""

import os
import re
import subprocess
from pathlib import Path

from appliance.shared.settings import Setting
from qlines.passed_secrets import move_to_files
from qlines.setting_table import SETTINGS
from qlines.settings import Settings

TABLE = (Setting("TOKEN", "", "", is_secret=True), Setting("PORT", "", ""))
UP = Path(__file__).resolve().parents[2] / "appliance" / "up.sh"


def test_it_writes_the_secrets_that_are_set_for_their_owner_only(tmp_path):
    env = {"QLINES_TOKEN": " it's $HOME ", "QLINES_PORT": "80", "QLINES_OTHER": "x"}

    move_to_files(TABLE, env, tmp_path)

    [file] = (tmp_path / "secrets").iterdir()
    assert file.read_text() == "it's $HOME"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_shell_that_evaluates_the_lines_passes_the_file_instead_of_the_value(tmp_path):
    env = {"QLINES_SMTP_URL": "smtp://user:password@host"}
    lines = move_to_files(SETTINGS, env, tmp_path)

    names = subprocess.run(
        ["sh", "-c", "".join([*lines, "env"])],
        env=env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    passed = dict(line.split("=", 1) for line in names.splitlines())
    assert "password" not in names
    assert Settings.from_env(passed).smtp_url == env["QLINES_SMTP_URL"]


def test_without_secrets_there_is_nothing_to_evaluate(tmp_path):
    assert move_to_files(SETTINGS, {"QLINES_SMTP_URL": ""}, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_make_up_knows_every_secret():
    listed = re.search(r'^SECRETS="(.*)"$', UP.read_text(), re.MULTILINE)[1].split()

    assert listed == sorted(f"QLINES_{item.name}" for item in SETTINGS if item.is_secret)


def test_make_up_passes_paths_and_keeps_a_value_beside_its_file_for_the_check(tmp_path):
    file = tmp_path / "token"
    file.touch()
    script = f'source {UP}; pass_settings; printf "%s\\n" "${{SETTINGS[@]}}"'
    env = {
        "PATH": os.environ["PATH"], "QLINES_SMTP_URL": "smtp://u:p@h", "QLINES_LOG_LEVEL": "info",
        "QLINES_HEALTH_TOKEN": "a token", "QLINES_HEALTH_TOKEN_FILE": str(file),
    }  # fmt: skip

    printed = subprocess.run(
        ["bash", "-c", script], env=env, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert printed == [
        "--env", "QLINES_HEALTH_TOKEN",
        "--volume", f"{file}:/etc/qlines/QLINES_HEALTH_TOKEN_FILE:ro",
        "--env", "QLINES_HEALTH_TOKEN_FILE=/etc/qlines/QLINES_HEALTH_TOKEN_FILE",
        "--env", "QLINES_LOG_LEVEL",
        "--env", "QLINES_SMTP_URL_FILE=/data/secrets/passed/QLINES_SMTP_URL",
    ]  # fmt: skip
