"""ClickHouse's address: host:port, or a URL as clickhouse-driver takes it; pure.

https://clickhouse-driver.readthedocs.io/en/latest/api.html#clickhouse_driver.Client.from_url has
the URL and its options, ``clickhouse://user:password@host:9440,host2/database?secure=1``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from qlines.addresses.url import split_url

RULE = (
    "host:port, several separated by commas, or an address such as"
    " clickhouse://user:password@host:9440/database?secure=1"
)
PORT, PORT_WITH_TLS = 9000, 9440
LOOPBACK = ("127.0.0.1", "::1", "localhost")
FILES = ("ca_certs", "certfile", "keyfile")


@dataclass(frozen=True)
class ClickhouseAddress:
    """Where ClickHouse is, and who asks; *options* are clickhouse-driver's for TLS."""

    servers: tuple[tuple[str, int], ...]
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "default"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_on_loopback(self) -> bool:
        """Return whether the first server is on this machine."""
        return self.servers[0][0] in LOOPBACK


def parse(text: str) -> ClickhouseAddress:
    """Return the address; raise ValueError with the rule for any other text."""
    if "://" not in text:
        return ClickhouseAddress(_servers(text, None))
    parts = split_url(text)
    if parts.scheme not in ("clickhouse", "clickhouses"):
        raise ValueError(RULE)
    given = dict(parse_qsl(parts.query))
    others = given.pop("alt_hosts", "")
    options = {name: _option(name, value) for name, value in given.items()}
    if parts.scheme == "clickhouses":
        options["secure"] = True
    user, password, hosts = _sign_in(parts.netloc)
    port = PORT_WITH_TLS if options.get("secure") else PORT
    _refuse_unused(options)
    return ClickhouseAddress(
        _servers(f"{hosts},{others}" if others else hosts, port),
        user,
        password,
        unquote(parts.path.lstrip("/")) or "default",
        options,
    )


def check(text: str) -> str:
    """Return the address as it is; raise ValueError with the rule for any other text."""
    parse(text)
    return text


def cluster(text: str) -> str:
    """Return the name of a cluster, or ""; raise ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{0,100}", text):
        raise ValueError("a name of at most 100 letters, digits, dots, dashes and underscores")
    return text


def files(text: str) -> list[str]:
    """Return the paths of the files that the address names."""
    options = parse(text).options
    return [options[name] for name in FILES if name in options]


def _sign_in(netloc: str) -> tuple[str, str, str]:
    """Return the user, the password and the hosts."""
    who, _, hosts = netloc.rpartition("@")
    user, _, password = who.partition(":")
    return unquote(user) or "default", unquote(password), hosts


def _servers(text: str, port: int | None) -> tuple[tuple[str, int], ...]:
    """Return host and port of each; without a default *port* each must have one."""
    return tuple(_server(each, port) for each in text.split(","))


def _server(text: str, port: int | None) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[^\]@]+\]|[^:@/\[\]]+)(?::([0-9]{1,5}))?", text)
    number = int(found[2]) if found and found[2] else port
    if not found or number is None or not 0 < number < 65536:
        raise ValueError(RULE)
    return found[1].strip("[]"), number


def _is_on(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError(f"{RULE}, and its options that are on or off 1 or 0")
    return words[text.lower()]


OPTIONS: dict[str, Callable[[str], Any]] = {
    "secure": _is_on,
    "verify": _is_on,
    "check_hostname": _is_on,
    "server_hostname": str,
    "ca_certs": str,
    "certfile": str,
    "keyfile": str,
}


def _option(name: str, value: str) -> Any:
    if name not in OPTIONS:
        raise ValueError(f"{RULE}, with no other options than {', '.join(OPTIONS)}")
    return OPTIONS[name](value)


def _refuse_unused(options: dict[str, Any]) -> None:
    """Raise ValueError for options of TLS without TLS: the password would go in clear text."""
    if not options.get("secure") and options.keys() - {"secure"}:
        raise ValueError(f"{RULE}: {', '.join(sorted(options))} need secure=1")
