"""Probe each program of the blog; what a result means is decided in report."""

import http.client
import json
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from appliance.shared import link_check, twin

TIMEOUT_SECONDS = 5.0
LINK_TIMEOUT_SECONDS = 2.0
# MariaDB's greeting packet: four bytes of length and number, the protocol's version, the server's
# version up to a NUL. https://mariadb.com/kb/en/connection/#initial-handshake-packet
_GREETING_VERSION_AT = 5
_PROTOCOL_VERSION = 10


class ProbeResult(NamedTuple):
    """An HTTP status, 0 when there was no answer, and the answer or the error as text."""

    status: int
    text: str


class ProbeResults(NamedTuple):
    """The results of all probes, sites by name.

    *link* is that to the other VM's blog, *twin* what blog.twin told last, with its *age* in
    seconds; both are None without a twin.
    *cron_ages* are the seconds since a site's tasks ran, None before their first run; *dump_ages*
    those since its database was dumped, or since the start if that is less. *installing* are the
    sites that wait for their installation by programs/init, *restoring* those whose tables it
    loads, *copying* those whose tables come from the other VM.
    """

    mariadb: ProbeResult
    nginx: ProbeResult
    sites: dict[str, ProbeResult]
    cron_ages: dict[str, float | None]
    dump_ages: dict[str, float]
    installing: frozenset[str] = frozenset()
    restoring: frozenset[str] = frozenset()
    copying: frozenset[str] = frozenset()
    link: ProbeResult | None = None
    twin: dict[str, Any] | None = None


def probe_all(run: Path, dumps: Path, names: Iterable[str], data: Path) -> ProbeResults:
    """Probe every program, and the sites called *names*; *run* is /run/qlines, *data* /data."""
    inner = run / "inner.sock"
    sites = tuple(names)
    return ProbeResults(
        mariadb=probe_mariadb(run / "mariadb.sock"),
        nginx=probe_http(inner, "/nginx"),
        sites={name: probe_http(inner, f"/site/{name}") for name in sites},
        cron_ages={name: _age(run / "cron" / name) for name in sites},
        dump_ages={name: dump_age(run, dumps, name) for name in sites},
        installing=_sites_with(run, sites, "installation.json"),
        restoring=_sites_with(run, sites, "restoring"),
        copying=_sites_with(run, sites, "copying"),
        link=probe_link(data),
        twin=read_twin(run / "twin" / "state.json"),
    )


def read_twin(file: Path) -> dict[str, Any] | None:
    """Return what blog.twin told last, {} before its first word, None without a twin."""
    if not file.parent.is_dir():
        return None
    age = _age(file)
    if age is None:
        return {}
    told: dict[str, Any] = json.loads(file.read_text())
    files_at = told.get("files_at")
    return told | {"age": age, "files_age": files_at and time.time() - files_at}


def probe_link(data: Path) -> ProbeResult | None:
    """Try the link to the other VM's blog; 200 when it is up, None where there is no twin."""
    try:
        pairing = twin.read(data)
    except twin.TwinError as error:
        return ProbeResult(0, str(error))
    if pairing is None:
        return None
    found = [sentence for _side, sentence in link_check.down(pairing, data, LINK_TIMEOUT_SECONDS)]
    return ProbeResult(0, "; ".join(found)) if found else ProbeResult(200, "")


def probe_mariadb(path: Path) -> ProbeResult:
    """Read the greeting that MariaDB sends to a new client; 200 with its version if it does."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(str(path))
            greeting = connection.recv(256)
    except OSError as error:
        return ProbeResult(0, _reason(error))
    version = greeting[_GREETING_VERSION_AT:]
    if not version or greeting[_GREETING_VERSION_AT - 1] != _PROTOCOL_VERSION:
        return ProbeResult(503, "it refuses connections")
    return ProbeResult(200, version.partition(b"\0")[0].decode(errors="replace"))


def probe_http(path: Path, url: str) -> ProbeResult:
    """Ask nginx's inner server for *url* through the Unix socket *path*."""
    connection = _UnixConnection(path)
    try:
        connection.request("GET", url)
        answer = connection.getresponse()
        return ProbeResult(answer.status, answer.read(512).decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        return ProbeResult(0, _reason(error))
    finally:
        connection.close()


def dump_age(run: Path, dumps: Path, name: str) -> float:
    """Return the seconds since the newest dump; after a long stop cron has yet to make one."""
    ages = (_age(dumps / f"{name}.json"), _age(run / "sites" / name / "settings.php"))
    return min((age for age in ages if age is not None), default=0.0)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return "nothing listens on its socket"
    return str(error) or type(error).__name__


def _sites_with(run: Path, names: Iterable[str], file: str) -> frozenset[str]:
    return frozenset(name for name in names if (run / "sites" / name / file).exists())


def _age(file: Path) -> float | None:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return None
