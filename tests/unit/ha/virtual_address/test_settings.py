from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, ip_interface
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.shared.settings import SettingsError, read_all
from ha.virtual_address.routes import Route, Routes
from ha.virtual_address.settings import SETTINGS, Instance, instances, router_id

LAN = Routes((Route(IPv4Network("192.0.2.0/24"), "eth1"),), ("eth0", "eth1"))


def read(**settings: str) -> Mapping[str, Any]:
    return read_all(SETTINGS, {f"QLINES_VIRTUAL_{name}": text for name, text in settings.items()})


def test_the_address_is_on_the_interface_of_its_network() -> None:
    wanted = instances(read(ADDRESS="192.0.2.10/24"), LAN)

    assert wanted == (Instance(IPv4Interface("192.0.2.10/24"), "eth1", 10),)


def test_interface_and_router_id_may_be_set() -> None:
    settings = read(ADDRESS="192.0.2.10/24", INTERFACE="eth0", ROUTER_ID="77")

    assert instances(settings, LAN) == (Instance(IPv4Interface("192.0.2.10/24"), "eth0", 77),)


def test_an_address_of_each_kind_may_move() -> None:
    settings = read(ADDRESS="192.0.2.10/24, 2001:db8::20/64", INTERFACE="eth0")

    assert [(one.address, one.router_id) for one in instances(settings, LAN)] == [
        (IPv4Interface("192.0.2.10/24"), 10),
        (IPv6Interface("2001:db8::20/64"), 0x20),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.10",  # without its prefix nobody knows the network
        "192.0.2.300/24",
        "vm.example.com/24",
        "192.0.2.0/24",
        "192.0.2.255/24",
        "127.0.0.1/8",
        "224.0.0.5/24",
        "0.0.0.0/0",
        "fe80::1/64",
        "192.0.2.10/24,192.0.2.11/24",
        "192.0.2.10/24,",
    ],
)
def test_an_address_that_no_machine_can_have_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(ADDRESS=text)

    assert str(refused.value) == (
        "QLINES_VIRTUAL_ADDRESS must be an address with the length of its network's prefix such as"
        " 192.0.2.10/24, or one of IPv4 and one of IPv6 separated by a comma, got"
        f" {text!r}"
    )


@pytest.mark.parametrize("text", ["0", "256", "-1", "ten"])
def test_a_router_id_beyond_a_byte_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"ROUTER_ID must be a whole number from 1 to 255"):
        read(ADDRESS="192.0.2.10/24", ROUTER_ID=text)


def test_an_interface_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(SettingsError) as refused:
        instances(read(ADDRESS="192.0.2.10/24", INTERFACE="eth9"), LAN)

    assert str(refused.value) == (
        "QLINES_VIRTUAL_INTERFACE must be an interface of this machine (eth0, eth1), got 'eth9'"
    )


def test_an_address_to_which_no_route_leads_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        instances(read(ADDRESS="198.51.100.10/24"), LAN)

    assert str(refused.value) == (
        "QLINES_VIRTUAL_ADDRESS must be in a network of this machine, got '198.51.100.10/24', and"
        " there is no default route either: correct it, or set QLINES_VIRTUAL_INTERFACE"
    )


@given(st.lists(st.integers(1, 254), min_size=2, max_size=2, unique=True))
def test_two_pairs_in_a_network_of_256_addresses_never_collide(hosts: list[int]) -> None:
    one, two = (router_id(ip_interface(f"192.0.2.{host}/24")) for host in hosts)

    assert one != two
    assert {one, two} <= set(range(1, 256))


def test_an_address_whose_last_byte_is_zero_has_an_id_too() -> None:
    assert router_id(ip_interface("10.0.1.0/16")) == 255
