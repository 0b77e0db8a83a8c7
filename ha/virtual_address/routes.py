"""Which interface leads to an address, from the kernel's tables; pure."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

LOOPBACK = "lo"


class Route(NamedTuple):
    """A network and the interface behind which it is; a default route's network is everything."""

    network: IPv4Network | IPv6Network
    interface: str


class Routes(NamedTuple):
    """The routes of a machine, and its interfaces without the loopback."""

    routes: tuple[Route, ...]
    interfaces: tuple[str, ...]

    def interface_to(self, address: IPv4Address | IPv6Address) -> str:
        """Return the interface of the narrowest network with the address, "" without any."""
        fitting = [route for route in self.routes if address in route.network]
        narrowest = max(fitting, key=lambda route: route.network.prefixlen, default=None)
        return narrowest.interface if narrowest else ""


def parse(route: str, ipv6_route: str, dev: str) -> Routes:
    """Return the routes of /proc/net/route and ipv6_route, the interfaces of /proc/net/dev."""
    names = [line.partition(":")[0].strip() for line in dev.splitlines() if ":" in line]
    found = (*_of_ipv4(route), *_of_ipv6(ipv6_route))
    return Routes(
        tuple(one for one in found if one.interface != LOOPBACK),
        tuple(name for name in names if name != LOOPBACK),
    )


def _of_ipv4(text: str) -> Iterator[Route]:
    """Yield the routes; addresses and masks are hexadecimal in the order of the machine's bytes."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        destination, mask = (IPv4Address(bytes.fromhex(fields[index])[::-1]) for index in (1, 7))
        yield Route(IPv4Network(f"{destination}/{mask}"), fields[0])


def _of_ipv6(text: str) -> Iterator[Route]:
    for line in text.splitlines():
        fields = line.split()
        destination = IPv6Address(bytes.fromhex(fields[0]))
        yield Route(IPv6Network((destination, int(fields[1], 16))), fields[-1])
