from ipaddress import ip_address

import pytest

from ha.virtual_address.routes import parse

# As the kernel of a machine with two networks writes them.
ROUTE = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth1	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
"""
NONE = "0" * 32
IPV6_ROUTE = f"""\
20010db8000000000000000000000000 40 {NONE} 00 {NONE} 00000100 00000003 00000000 00000001 eth1
20010db8000000000000000000000005 80 {NONE} 00 {NONE} 00000000 00000003 00000000 80200001 eth1
{NONE} 00 {NONE} 00 {NONE} ffffffff 00000001 00000000 00200200 lo
"""
DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
    lo:       0       0    0    0    0     0          0         0        0       0
  eth0: 6234521    5210    0    0    0     0          0         0   901100    4100
  eth1:    1100      11    0    0    0     0          0         0      900       9
"""


@pytest.mark.parametrize(
    ("address", "interface"),
    [
        ("192.0.2.10", "eth0"),
        ("10.1.2.3", "eth1"),
        ("198.51.100.1", "eth0"),  # by the default route
        ("2001:db8::10", "eth1"),
        ("2001:db9::10", ""),  # the loopback's route leads nowhere
    ],
)
def test_the_narrowest_network_says_the_interface(address: str, interface: str) -> None:
    assert parse(ROUTE, IPV6_ROUTE, DEV).interface_to(ip_address(address)) == interface


def test_the_interfaces_are_those_of_the_machine_without_its_loopback() -> None:
    assert parse(ROUTE, IPV6_ROUTE, DEV).interfaces == ("eth0", "eth1")


def test_a_machine_without_ipv6_has_no_table_of_it() -> None:
    assert parse(ROUTE, "", DEV).interface_to(ip_address("2001:db8::10")) == ""
