"""Decide who counts as one at the limits of sign-ins; pure."""

import ipaddress

# A site has 2^64 addresses or more (RFC 6177), so a limit for each would limit nobody.
SITE_PREFIX_BITS = 64


def network_of(address: str) -> str:
    """Return an IPv4 address as it is, and of an IPv6 address the network of its site.

    Something that is not an address stays as it is: a proxy may have passed on anything.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), SITE_PREFIX_BITS), strict=False))
