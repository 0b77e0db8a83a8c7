"""The settings of the virtual address: the table, and the instances of VRRP that follow; pure."""

from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import Any, NamedTuple

from appliance.shared.settings import Setting, SettingsError, port
from ha.virtual_address.routes import Routes

ADDRESS_RULE = (
    "an address with the length of its network's prefix such as 192.0.2.10/24, or one of IPv4 and"
    " one of IPv6 separated by a comma"
)
MAX_ROUTER_ID = 255


class Instance(NamedTuple):
    """One address that moves; VMs with the same *router_id* on a segment share it."""

    address: IPv4Interface | IPv6Interface
    interface: str
    router_id: int


def _addresses(text: str) -> tuple[IPv4Interface | IPv6Interface, ...]:
    words = [word.strip() for word in text.split(",")]
    try:
        found = tuple(ip_interface(word) for word in words)
    except ValueError:
        raise ValueError(ADDRESS_RULE) from None
    versions = [one.version for one in found]
    if not all(map(_is_of_a_machine, words, found)) or len(set(versions)) < len(versions):
        raise ValueError(ADDRESS_RULE)
    return found


def _is_of_a_machine(word: str, one: IPv4Interface | IPv6Interface) -> bool:
    """Return whether a machine can have it, and whether it was written with its prefix."""
    unusable = one.is_loopback or one.is_multicast or one.is_unspecified or one.is_link_local
    edges = {one.network.network_address, one.network.broadcast_address}
    is_edge = one.ip in edges and one.network.num_addresses > 2
    return "/" in word and not unusable and not is_edge


def _router_id(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MAX_ROUTER_ID:
        raise ValueError(f"a whole number from 1 to {MAX_ROUTER_ID}")
    return int(text)


SETTINGS = (
    Setting("VIRTUAL_ADDRESS", "", "the address that moves, with its prefix", _addresses),
    Setting("VIRTUAL_INTERFACE", "", "the interface that gets it; by default as routes say"),
    Setting("VIRTUAL_ROUTER_ID", "", "by default the address's last byte", _router_id),
    Setting("PROXY_HEALTH_PORT", "5002", "where the own proxy answers", port),
)


def instances(settings: Mapping[str, Any], routes: Routes) -> tuple[Instance, ...]:
    """Return what keepalived is to run; raise SettingsError when no interface fits."""
    return tuple(
        Instance(
            address,
            _interface(address, settings["virtual_interface"], routes),
            settings["virtual_router_id"] or router_id(address),
        )
        for address in settings["virtual_address"]
    )


def router_id(address: IPv4Interface | IPv6Interface) -> int:
    """Return the last byte: in a network of 256 addresses no other pair has the same one."""
    return address.packed[-1] or MAX_ROUTER_ID


def _interface(address: IPv4Interface | IPv6Interface, wanted: str, routes: Routes) -> str:
    if wanted and wanted not in routes.interfaces:
        names = ", ".join(routes.interfaces)
        raise SettingsError(
            f"QLINES_VIRTUAL_INTERFACE must be an interface of this machine ({names}), got"
            f" {wanted!r}"
        )
    found = wanted or routes.interface_to(address.ip)
    if not found:
        raise SettingsError(
            f"QLINES_VIRTUAL_ADDRESS must be in a network of this machine, got {str(address)!r},"
            " and there is no default route either: correct it, or set QLINES_VIRTUAL_INTERFACE"
        )
    return found
