import io
from pathlib import Path

import pytest

from ha.pairing.__main__ import main


def machine(root: Path) -> Path:
    for part in ("app", "proxy", "blog"):
        (root / part / "secrets").mkdir(parents=True)
    (root / "app" / "secrets" / "secret_key").write_text("key")
    return root


def test_an_invitation_is_printed_and_its_passphrase_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = machine(tmp_path / "a"), machine(tmp_path / "b")
    arguments = ["invite", "--self", "vm-a", "--peer", "vm-b"]

    assert main(arguments, io.StringIO("QLINES_RETENTION_DAYS=30\n"), a) == 0
    text, passphrase = capsys.readouterr()
    assert passphrase.strip() not in text

    stdin = f"{passphrase}{text}QLINES_NAME=b\nQLINES_RETENTION_DAYS=9\n"
    assert main(["check"], io.StringIO(stdin), b) == 0
    assert not (b / "app" / "twin").exists()
    assert capsys.readouterr().out == "first\n"
    assert main(["join"], io.StringIO(stdin), b) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["QLINES_NAME=b", "QLINES_RETENTION_DAYS=30"]
    assert main(["leave"], io.StringIO(), b) == 0
    assert not (b / "app" / "twin").exists()


def test_what_cannot_be_done_is_one_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["witness"], io.StringIO("passphrase\nhello\n"), tmp_path) == 2

    assert capsys.readouterr().err.startswith("this is not an invitation: ")
