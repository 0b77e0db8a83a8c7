"""Facts about this container's network: DNS servers, gateways, IPv6."""

import ipaddress
import re
from pathlib import Path


def resolvers(text: str) -> tuple[str, ...]:
    """Return the DNS servers of a resolv.conf; a zone such as %eth0 means nothing to nginx."""
    addresses = re.findall(r"^nameserver\s+([0-9A-Fa-f:.]+)\s*$", text, re.MULTILINE)
    return tuple(addresses)


def gateways(routes: str) -> tuple[str, ...]:
    """Return Docker's own address in each network of /proc/net/route: the gateway, or the first."""
    addresses = set()
    for line in routes.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8:
            continue
        destination, gateway, mask = (_address(fields[index]) for index in (1, 2, 7))
        if int(gateway):
            addresses.add(str(gateway))
        elif int(mask):
            addresses.add(str(ipaddress.ip_network(f"{destination}/{mask}", strict=False)[1]))
    return tuple(sorted(addresses))


def _address(text: str) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int.from_bytes(bytes.fromhex(text), "little"))


def has_ipv6(interfaces: str) -> bool:
    """Return whether /proc/net/if_inet6 lists an address besides the loopback's."""
    return any(line.split()[-1] != "lo" for line in interfaces.splitlines() if line.strip())


def read(file: str) -> str:
    """Return the text of a system file, "" when it cannot be read."""
    try:
        return Path(file).read_text()
    except OSError:
        return ""
