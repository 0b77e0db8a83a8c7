from qlines.init.password_file import password_of
from qlines.settings import Settings


def ask(tmp_path, **env):
    env["QLINES_DATA_DIR"] = str(tmp_path)
    return password_of(Settings.from_env(env), env)


def test_a_password_that_was_set_need_not_be_told(tmp_path):
    assert ask(tmp_path, QLINES_ADMIN_PASSWORD="correct horse") == ("correct horse", False)


def test_a_password_that_came_by_file_need_not_be_told(tmp_path):
    file = tmp_path / "given"
    file.write_text("correct horse\n")

    assert ask(tmp_path, QLINES_ADMIN_PASSWORD_FILE=str(file)) == ("correct horse", False)


def test_the_one_that_the_entrypoint_made_is_told(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "admin_password").write_text("made-by-entrypoint\n")

    assert ask(tmp_path) == ("made-by-entrypoint", True)


def test_one_is_made_and_kept_where_there_is_none(tmp_path):
    password, is_new = ask(tmp_path)

    file = tmp_path / "secrets" / "admin_password"
    assert is_new
    assert len(password) >= 12
    assert file.stat().st_mode & 0o777 == 0o600
    assert ask(tmp_path) == (password, True)
