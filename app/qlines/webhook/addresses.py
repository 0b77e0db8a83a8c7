"""Which addresses a webhook may be at; pure.

People choose where the appliance sends to. It must not reach for them what only the appliance can:
its own stores, which obey every connection from loopback, the metadata service of a cloud, or the
operator's network.

===========================================  ======================================================
address                                      allowed
===========================================  ======================================================
of the Internet                              yes
private, or shared by customers of a net     where the admin allows it
loopback, link-local, multicast, reserved    never
an IPv4 address within one of IPv6           as the IPv4 address: mapped, NAT64 or 6to4
===========================================  ======================================================
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# RFC 1918, RFC 6598 and RFC 4193.
PRIVATE = tuple(
    map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
)
PRIVATE_6 = IPv6Network("fc00::/7")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


def refusal(text: str, *, allows_private: bool) -> str:
    """Return what is wrong with an IP address as an adjective, such as "loopback"; "" for none."""
    address = _embedded(ip_address(text.partition("%")[0]))
    if _is_private(address):
        return "" if allows_private else "private"
    for is_so, adjective in (
        (address.is_loopback, "loopback"),
        (address.is_link_local, "link-local"),
        (address.is_multicast, "multicast"),
        # is_global lacks some of IPv6 that is_reserved has.
        (not address.is_global or address.is_reserved, "reserved"),
        (isinstance(address, IPv6Address) and address.is_site_local, "site-local"),
    ):
        if is_so:
            return adjective
    return ""


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that packets to *address* go to in the end, or the address."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def _is_private(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return any(address in network for network in PRIVATE)
    return address in PRIVATE_6
