"""The process that uses Apprise: ``python -m qlines.messengers.apprise_child``.

It reads a request from standard input, ``{"url", "allows_private", "seconds"}`` to check an
address, with ``"title", "text", "kind"`` to send a message, and writes ``{"reason"}``, "" for
success. After so many seconds the system ends it, whatever it does at that moment, and it gets no
more memory than MAX_MEMORY_BYTES: Apprise reads the whole answer of a service, and unpacks it.

People choose the address. So before Apprise sees it, everything is loaded that this process needs,
and from then on Python itself refuses, wherever in Apprise that is tried (PEP 578):

- a connection to an address that a webhook may not have either (webhook/addresses.py);
- another process;
- a file that is not part of Python or of the system, such as a secret of the appliance.
"""

import ipaddress
import logging
import os
import re
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import orjson

from qlines.webhook import addresses

# Not all of /etc: an operator may keep there what QLINES_…_FILE names.
SYSTEM_FILES = ("/usr/", "/lib/", "/etc/ssl/", "/etc/mime.types", "/etc/localtime", "/dev/null")
PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn")
BASES = ("apprise.plugins.base", "apprise.url")  # of all services
CONNECTIONS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
# Shorter parts of an address are words of many sentences, and no secrets.
SECRET_CHARACTERS = 3
MAX_REASON_CHARACTERS = 200
MAX_MEMORY_BYTES = 256 * 1024 * 1024  # 71 MB are used when all services are loaded
REFUSED = "Apprise was not allowed to deliver it"
FAILED = "Apprise did not deliver it; it may have arrived anyway, so it is not sent again"
NOT_BY_HTTP = (
    "Apprise knows this service, but it is not reached by HTTP: take one that is, or another type"
    " of channel"
)
NOT_UNDERSTOOD = (
    "Apprise does not understand this address: write it as its documentation shows it for the"
    " service"
)


class RefusedError(OSError):
    """This process may not do that; an error of the system to libraries, which report it."""


class LastWarning(logging.Handler):
    """Keeps the last thing that Apprise warns of: its only reasons are in its log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.text = record.getMessage()


class Guard:
    """What refuses; *refusal* is why it was the last time, "" before."""

    def __init__(self, *, allows_private: bool) -> None:
        self._allows_private = allows_private
        self.refusal = ""

    def install(self) -> None:
        """Refuse from now on; nothing in this process can take that back."""
        sys.addaudithook(self.check)

    def check(self, event: str, given: tuple[Any, ...]) -> None:
        """Raise RefusedError for what this process may not do; *event* is Python's name of it."""
        if refusal := self._refusal_of(event, given):
            self.refusal = refusal
            raise RefusedError(refusal)

    def _refusal_of(self, event: str, given: tuple[Any, ...]) -> str:
        if event in CONNECTIONS:
            return refusal_of_address(given[1], allows_private=self._allows_private)
        if event == "open":
            return refusal_of_file(given[0], given[2])
        return "it may start no other program" if event in PROCESSES else ""


def main() -> None:
    """Do what standard input asks for."""
    request = orjson.loads(sys.stdin.buffer.read())
    signal.setitimer(signal.ITIMER_REAL, request["seconds"])
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    reason = answer(request, Guard(allows_private=request["allows_private"]))
    sys.stdout.buffer.write(orjson.dumps({"reason": reason}))


def answer(request: dict[str, Any], guard: Guard) -> str:
    """Return what went wrong, "" for nothing; the guard is installed when everything is loaded."""
    import apprise  # noqa: PLC0415 - only this process may hold it

    warning = LastWarning()
    log = logging.getLogger("apprise")
    log.addHandler(warning)
    log.propagate = False
    list(apprise.apprise.N_MGR)  # loads all services
    guard.install()
    asset = apprise.AppriseAsset(
        async_mode=False,
        secure_logging=True,
        storage_mode=apprise.PersistentStoreMode.MEMORY,  # it has no place for files
    )
    service = apprise.Apprise.instantiate(request["url"], asset=asset)
    if service is None:
        return _explained(NOT_UNDERSTOOD, warning.text, request["url"])
    if not is_reached_by_http(type(service)):
        return NOT_BY_HTTP
    if "text" not in request:
        return ""
    service.retry = 0  # of the address: nobody knows whether the attempt before has arrived
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    is_sent = sender.notify(
        request["text"], title=request["title"], notify_type=request["kind"], body_format="text"
    )
    if is_sent:
        return ""
    if guard.refusal:
        return f"{REFUSED}: {guard.refusal}"
    return _explained(FAILED, warning.text, request["url"])


def is_reached_by_http(service: type) -> bool:
    """Return whether a service of Apprise speaks HTTP, as its library for that is requests.

    Others are for the machine itself, such as syslog, D-Bus and desktops, or for brokers.
    """
    modules = [one.__module__ for one in service.__mro__ if one.__module__ not in BASES]
    return any(hasattr(sys.modules[name], "requests") for name in modules)


def refusal_of_address(address: Any, *, allows_private: bool) -> str:
    """Return why no connection may be to *address*, as sockets take it; "" when it may."""
    host = address[0] if isinstance(address, tuple) else ""
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:  # of this machine, or a name that is looked up where we do not see it
        return "it may use addresses of the Internet only"
    adjective = addresses.refusal(host, allows_private=allows_private)
    if not adjective:
        return ""
    return f"it may not connect to a {adjective} address: take one that the Internet reaches"


def refusal_of_file(path: Any, flags: int) -> str:
    """Return why a file may not be opened, "" for one of Python's or the system's, to read."""
    if isinstance(path, int):
        return ""  # a socket, or what is open already
    real = os.path.realpath(os.fsdecode(path))
    is_known = real.startswith((sys.prefix, sys.base_prefix, *SYSTEM_FILES))
    is_read = not flags & (os.O_WRONLY | os.O_RDWR)
    return "" if is_known and is_read else "it may not use files of this machine"


def _explained(sentence: str, warning: str, url: str) -> str:
    """Return a sentence with Apprise's reason, in which no part of the address is."""
    text = " ".join(warning.split())
    for part in sorted(parts_of(url), key=len, reverse=True):
        text = text.replace(part, "…")
    return f"{sentence} ({text[:MAX_REASON_CHARACTERS].rstrip('. ')})" if text else sentence


def parts_of(url: str) -> Iterator[str]:
    """Yield what may be secret of an address: everything but the name of the service."""
    rest = url.partition("://")[2] or url
    for piece in {rest, *re.split(r"[/?&=:@,#;]+", rest)}:
        for form in (piece, unquote(piece)):
            if len(form) >= SECRET_CHARACTERS:
                yield form


if __name__ == "__main__":
    main()
