"""Ask each program of the blog whether it does its work; what it means is decided elsewhere."""

import http.client
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_SECONDS = 5.0
# MariaDB's greeting: four bytes of length and number, the protocol's version,
# the server's version up to a NUL.
_GREETING_VERSION_AT = 5
_PROTOCOL_VERSION = 10


class Answer(NamedTuple):
    """What came back: an HTTP status (0 for none at all) and its text."""

    status: int
    text: str


class Findings(NamedTuple):
    """The answers of one look; ages are in seconds, None when a site's tasks never ran."""

    mariadb: Answer
    nginx: Answer
    sites: dict[str, Answer]
    cron_ages: dict[str, float | None]
    to_install: frozenset[str] = frozenset()


def look(run: Path, names: Iterable[str]) -> Findings:
    """Ask everybody."""
    inner = run / "inner.sock"
    found = tuple(names)
    return Findings(
        mariadb=greeting(run / "mariadb.sock"),
        nginx=ask(inner, "/nginx"),
        sites={name: ask(inner, f"/site/{name}") for name in found},
        cron_ages={name: _age(run / "cron" / name) for name in found},
        to_install=frozenset(
            name for name in found if (run / "sites" / name / "installation.json").exists()
        ),
    )


def greeting(path: Path) -> Answer:
    """Read what MariaDB says first to whoever connects; 200 with its version when it does."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(str(path))
            said = connection.recv(256)
    except OSError as error:
        return Answer(0, _reason(error))
    if len(said) <= _GREETING_VERSION_AT or said[_GREETING_VERSION_AT - 1] != _PROTOCOL_VERSION:
        return Answer(503, "it takes nobody in")
    version = said[_GREETING_VERSION_AT:].partition(b"\0")[0]
    return Answer(200, version.decode(errors="replace"))


def ask(path: Path, url: str) -> Answer:
    """Ask nginx's inner server."""
    connection = _UnixConnection(path)
    try:
        connection.request("GET", url)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(512).decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, _reason(error))
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return "nobody listens"
    return str(error) or type(error).__name__


def _age(file: Path) -> float | None:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return None
