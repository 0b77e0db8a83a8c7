"""The pieces that nginx's configuration is written from: templates, addresses and blocks; pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
# "down": nginx does not even try, and serves the error page at once.
NO_SERVER = "server 127.0.0.1:9 down;"


class Address(NamedTuple):
    """One address of an upstream."""

    address: str
    http_port: int
    mqtt_port: int
    is_backup: bool


def fill(template: str, **values: str) -> str:
    """Fill in the placeholders; raise KeyError when they and *values* do not match."""
    placeholders = set(PLACEHOLDER.findall(template))
    if placeholders != set(values):
        raise KeyError(f"the template has {sorted(placeholders)}, the program {sorted(values)}")
    return PLACEHOLDER.sub(lambda match: values[match[1]], template)


def with_an_active_server(addresses: Sequence[Address]) -> Sequence[Address]:
    """Promote the backups when no other address is known: nginx needs at least one active."""
    if all(one.is_backup for one in addresses):
        return [one._replace(is_backup=False) for one in addresses]
    return addresses


def server(one: Address, port: int) -> str:
    """Return the line of an upstream's server; after a failure it is left out for three seconds."""
    backup = " backup" if one.is_backup else ""
    return f"server {host(one.address)}:{port} max_fails=1 fail_timeout=3s{backup};"


def host(address: str) -> str:
    """Return an address as nginx writes it before a port."""
    return f"[{address}]" if ":" in address else address


def block(name: str, lines: Sequence[str], *, is_named: bool = True) -> str:
    """Return an upstream of these lines, or another block."""
    head = f"upstream {name}" if is_named else name
    return head + " {\n" + "".join(f"    {line.strip()}\n" for line in lines) + "}\n"


def listen_on(port: int, options: str, *, has_ipv6: bool) -> str:
    """Return the lines that listen on a port of every address, indented for a template."""
    lines = [f"listen {port}{options};"]
    if has_ipv6:
        lines.append(f"listen [::]:{port}{options};")
    return "\n    ".join(lines)
