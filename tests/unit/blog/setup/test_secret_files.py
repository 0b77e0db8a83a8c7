from blog.setup import secret_files


def test_a_site_s_secrets_are_generated_once_and_read_again(tmp_path):
    generated = secret_files.site_secrets(tmp_path, "one")

    assert secret_files.site_secrets(tmp_path, "one") == generated
    assert secret_files.site_secrets(tmp_path, "two") != generated
    assert set(generated) == {*secret_files.SALTS, "DB_PASSWORD"}
    assert len(set(generated.values())) == 9


def test_only_the_owner_may_read_them(tmp_path):
    secret_files.site_secrets(tmp_path, "one")
    password = secret_files.root_password(tmp_path)

    assert secret_files.root_password(tmp_path) == password
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
