"""The generated password of the backups is shown once; the operator's own never."""

import io

import pytest

from qlines.init.backup_password import show_backup_password
from qlines.settings import Settings


@pytest.fixture
def env(tmp_path):
    """Return the environment of an appliance whose entrypoint has generated a password."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "backup_password").write_text("generated-secret\n")
    return {"QLINES_DATA_DIR": str(tmp_path)}


def shown(env):
    output = io.StringIO()
    show_backup_password(Settings.from_env(env), env, output)
    return output.getvalue()


def test_it_is_shown_at_the_first_start_with_the_words_write_this_down(env, tmp_path):
    assert shown(env) == (
        "The password of the backups is generated-secret: write this down, because without it "
        "nobody can read a backup, and no backup contains it "
        f"({tmp_path}/secrets/backup_password).\n"
    )


def test_it_is_not_shown_again(env):
    shown(env)

    assert shown(env) == ""


def test_a_password_that_was_set_is_not_shown(env, tmp_path):
    file = tmp_path / "chosen"
    file.write_text("chosen-secret")

    assert shown({**env, "QLINES_BACKUP_PASSWORD": "chosen-secret"}) == ""
    assert shown({**env, "QLINES_BACKUP_PASSWORD_FILE": str(file)}) == ""


def test_without_a_password_there_is_nothing_to_show(env, tmp_path):
    (tmp_path / "secrets" / "backup_password").unlink()

    assert shown(env) == ""


def test_where_no_store_runs_there_is_nothing_to_back_up_and_nothing_to_show(env):
    assert shown({**env, "QLINES_ROLES": "init,gunicorn"}) == ""


def test_a_disk_that_cannot_be_written_does_not_stop_the_start(env, tmp_path):
    (tmp_path / "backup").write_text("no folder")

    assert "write this down" in shown(env)
