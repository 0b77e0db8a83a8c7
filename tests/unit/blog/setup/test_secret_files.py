from blog.setup import secret_files


def test_a_site_s_secrets_are_made_once_and_found_again(tmp_path):
    made = secret_files.of_site(tmp_path, "one")

    assert secret_files.of_site(tmp_path, "one") == made
    assert secret_files.of_site(tmp_path, "two") != made
    assert set(made) == {*secret_files.SALTS, "DB_PASSWORD"}
    assert len(set(made.values())) == 9


def test_nobody_else_may_read_them(tmp_path):
    secret_files.of_site(tmp_path, "one")
    password = secret_files.of_root(tmp_path)

    assert secret_files.of_root(tmp_path) == password
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
