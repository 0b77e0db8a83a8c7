import json
from typing import Any
from unittest.mock import MagicMock

import pytest

from qlines.cli import user
from qlines.cli.__main__ import main, make_parser
from qlines.cli.context import Context
from qlines.clients import mongodb
from qlines.errors import ConflictError, FieldError
from qlines.store import passwords, users


@pytest.fixture(autouse=True)
def no_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLINES_DATA_DIR", "/nowhere")
    monkeypatch.setattr(mongodb, "connect", lambda _url: MagicMock())


def test_json_may_stand_before_or_after_the_command() -> None:
    parser = make_parser()

    assert parser.parse_args(["--json", "user", "list"]).json
    assert parser.parse_args(["user", "list", "--json"]).json
    assert not parser.parse_args(["user", "list"]).json


def test_wrong_usage_ends_with_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["device", "add"])

    assert ended.value.code == 2


def test_an_invalid_field_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(*_: Any, **__: Any) -> None:
        raise FieldError("email", "must be an address such as me@example.com, got 'x'")

    monkeypatch.setattr(users, "add", add)

    assert main(["user", "add", "x"]) == 2
    assert capsys.readouterr().err == "email must be an address such as me@example.com, got 'x'\n"


def test_a_failure_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(*_: Any, **__: Any) -> None:
        raise ConflictError("a user with the address a@b already exists")

    monkeypatch.setattr(users, "add", add)

    assert main(["--json", "user", "add", "a@b"]) == 1
    printed = capsys.readouterr()
    assert printed.err == "a user with the address a@b already exists\n"
    assert json.loads(printed.out) == {"error": "a user with the address a@b already exists"}


def test_a_generated_password_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    added = {"email": "amy@example.com", "admin": True}
    monkeypatch.setattr(users, "add", lambda *_, **__: added)
    monkeypatch.setattr(Context, "noted", lambda *_: None)
    monkeypatch.setattr(passwords, "make_password", lambda: "generated-password")

    assert main(["user", "add", "Amy@Example.com", "--admin", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "email": "amy@example.com",
        "admin": True,
        "password": "generated-password",
    }


def test_the_json_of_a_user_has_no_secrets() -> None:
    document = user.user_json({"email": "a@b", "admin": False, "password_hash": "secret"})

    assert document == {"email": "a@b", "admin": False}
