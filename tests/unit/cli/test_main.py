import json
from typing import Any
from unittest.mock import MagicMock

import pytest

from qlines.cli import user
from qlines.cli.__main__ import main, make_parser
from qlines.clients import mongodb
from qlines.errors import ConflictError, FieldError
from qlines.store import passwords, users


@pytest.fixture(autouse=True)
def no_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLINES_DATA_DIR", "/nowhere")
    monkeypatch.setattr(mongodb, "connect", lambda _url: MagicMock())


def test_json_is_understood_before_and_after_the_command() -> None:
    parser = make_parser()

    assert parser.parse_args(["--json", "user", "list"]).json
    assert parser.parse_args(["user", "list", "--json"]).json
    assert not parser.parse_args(["user", "list"]).json


def test_wrong_usage_ends_with_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["device", "add"])

    assert ended.value.code == 2


def test_a_bad_field_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(*_: Any, **__: Any) -> None:
        raise FieldError("email", "must be an address such as me@example.com, got 'x'")

    monkeypatch.setattr(users, "add", add)

    assert main(["user", "add", "x"]) == 2
    assert capsys.readouterr().err == "email must be an address such as me@example.com, got 'x'\n"


def test_what_cannot_be_done_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(*_: Any, **__: Any) -> None:
        raise ConflictError("a user with the address a@b already exists")

    monkeypatch.setattr(users, "add", add)

    assert main(["--json", "user", "add", "a@b"]) == 1
    told = capsys.readouterr()
    assert told.err == "a user with the address a@b already exists\n"
    assert json.loads(told.out) == {"error": "a user with the address a@b already exists"}


def test_a_password_is_shown_only_when_it_was_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(users, "add", lambda *_, **__: {})
    monkeypatch.setattr(passwords, "make_password", lambda: "made-password")

    assert main(["user", "add", "Amy@Example.com", "--admin", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "email": "amy@example.com",
        "admin": True,
        "password": "made-password",
    }


def test_it_tells_of_a_user_no_more_than_it_may() -> None:
    told = user.described({"email": "a@b", "admin": False, "password_hash": "secret"})

    assert told == {"email": "a@b", "admin": False}
