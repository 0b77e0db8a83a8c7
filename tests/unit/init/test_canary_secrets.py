from qlines.canary_account import files
from qlines.init.canary_secrets import canary_secrets


def test_they_are_generated_once_and_readable_by_their_owner_only(tmp_path):
    made = canary_secrets(tmp_path)

    assert canary_secrets(tmp_path) == made
    assert made.api_key.startswith("qlk_")
    assert len(made.token) == 20
    assert {file.stat().st_mode & 0o777 for file in files(tmp_path)} == {0o600}
