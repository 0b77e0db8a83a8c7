from qlines.init.admin_password import first_admin_password
from qlines.settings import Settings


def password_of(tmp_path, **env):
    env["QLINES_DATA_DIR"] = str(tmp_path)
    return first_admin_password(Settings.from_env(env), env)


def test_a_password_that_was_set_is_not_generated(tmp_path):
    assert password_of(tmp_path, QLINES_ADMIN_PASSWORD="correct horse") == ("correct horse", False)


def test_a_password_that_was_set_by_file_is_not_generated(tmp_path):
    file = tmp_path / "given"
    file.write_text("correct horse\n")

    assert password_of(tmp_path, QLINES_ADMIN_PASSWORD_FILE=str(file)) == ("correct horse", False)


def test_the_password_of_the_entrypoint_is_generated(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "admin_password").write_text("made-by-entrypoint\n")

    assert password_of(tmp_path) == ("made-by-entrypoint", True)


def test_a_missing_password_is_generated_once_and_readable_by_its_owner_only(tmp_path):
    password, is_generated = password_of(tmp_path)

    file = tmp_path / "secrets" / "admin_password"
    assert is_generated
    assert len(password) >= 12
    assert file.stat().st_mode & 0o777 == 0o600
    assert password_of(tmp_path) == (password, True)
