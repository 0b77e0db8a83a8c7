from proxy.act.network import gateways, has_ipv6, resolvers

# /proc/net/route of a container in two networks: 172.18.0.0/16 with the default route, 10.9.8.0/24.
ROUTES = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth1\t0008090A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def test_docker_s_own_address_is_the_gateway_or_the_first_of_a_network():
    assert gateways(ROUTES) == ("10.9.8.1", "172.18.0.1")
    assert gateways("") == ()


def test_dns_servers_come_from_resolv_conf():
    text = "search example\nnameserver 127.0.0.11\nnameserver fd00::53\nnameserver fe80::1%eth0\n"

    assert resolvers(text) == ("127.0.0.11", "fd00::53")


def test_the_loopback_s_ipv6_does_not_count():
    loopback = "00000000000000000000000000000001 01 80 10 80       lo\n"
    other = "fd000000000000000000000000000002 0b 40 00 80     eth0\n"

    assert not has_ipv6("")
    assert not has_ipv6(loopback)
    assert has_ipv6(loopback + other)
