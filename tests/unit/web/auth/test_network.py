import pytest

from qlines.web.auth.network import network_of


@pytest.mark.parametrize("address", ["192.0.2.7", "", "unknown", "192.0.2.7:443"])
def test_an_ipv4_address_or_what_is_none_counts_as_it_is(address):
    assert network_of(address) == address


def test_all_ipv6_addresses_of_a_site_count_as_one():
    assert (
        network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    )
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")


def test_an_ipv6_address_with_a_zone_is_one_of_its_network():
    assert network_of("fe80::1%eth0") == "fe80::/64"


def test_an_ipv4_address_that_is_written_as_ipv6_is_the_same_one():
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
