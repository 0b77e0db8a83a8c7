"""Lines get their program's name, whole or in pieces."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from appliance.shared.supervise import output
from appliance.shared.supervise.output import PrefixedOutput


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    monkeypatch.setattr(output, "_write_all", lines.append)
    yield lines
    output.last_lines.clear()


def reader_of(name: str) -> tuple[PrefixedOutput, Callable[[bytes], None]]:
    """Return a program's reader without a pipe, and what supervisor calls with its output."""
    reader = PrefixedOutput.__new__(PrefixedOutput)
    reader.process = SimpleNamespace(config=SimpleNamespace(name=name))
    return reader, reader._log


def test_each_line_begins_with_the_name_of_its_program(printed: list[bytes]) -> None:
    _reader, log = reader_of("kafka")

    log(b"one\ntwo\n")

    assert b"".join(printed) == b"kafka      | one\nkafka      | two\n"


def test_a_line_that_comes_in_pieces_is_printed_once(printed: list[bytes]) -> None:
    _reader, log = reader_of("kafka")

    log(b"half a ")
    assert b"".join(printed) == b""
    log(b"line\n")

    assert b"".join(printed) == b"kafka      | half a line\n"


def test_the_last_line_needs_no_newline(printed: list[bytes]) -> None:
    reader, log = reader_of("kafka")
    log(b"dying")

    reader.finish_line()

    assert b"".join(printed) == b"kafka      | dying\n"


def test_a_line_without_end_is_printed_in_pieces(printed: list[bytes]) -> None:
    _reader, log = reader_of("kafka")

    log(b"x" * 20_000)

    assert len(b"".join(printed)) > 20_000


def test_informational_lines_of_mongodb_are_hidden_and_remembered(printed: list[bytes]) -> None:
    _reader, log = reader_of("mongodb")

    log(b'{"s":"I", "msg":"info"}\n{"s":"E", "msg":"error"}\n')

    assert b"info" not in b"".join(printed)
    assert b"error" in b"".join(printed)
    assert list(output.last_lines["mongodb"]) == [
        '{"s":"I", "msg":"info"}',
        '{"s":"E", "msg":"error"}',
    ]


def test_the_newest_twenty_lines_are_remembered(printed: list[bytes]) -> None:
    _reader, log = reader_of("kafka")

    for number in range(30):
        log(b"%d\n" % number)

    assert list(output.last_lines["kafka"]) == [str(number) for number in range(10, 30)]


def test_tries_to_reach_a_twin_that_is_away_are_hidden(printed: list[bytes]) -> None:
    _reader, log = reader_of("links")

    log(b"LOG3[1]: s_connect: connect 10.0.0.2:7444: Connection refused (111)\n")
    log(b"LOG3[1]: SSL_accept: certificate verify failed\n")

    assert b"".join(printed) == b"links      | LOG3[1]: SSL_accept: certificate verify failed\n"
