import pytest

from qlines.webhook.addresses import refusal


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_an_address_of_the_internet_is_allowed(address):
    assert refusal(address, allows_private=False) == ""


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1",
        "fd12::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_a_private_address_is_allowed_where_the_admin_allows_it(address):
    assert refusal(address, allows_private=False) == "private"
    assert refusal(address, allows_private=True) == ""


@pytest.mark.parametrize("allows_private", [False, True])
@pytest.mark.parametrize(
    ("address", "adjective"),
    [
        ("127.0.0.1", "loopback"),
        ("127.0.1.2", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::1", "loopback"),
        ("169.254.169.254", "link-local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("ff0e::1", "multicast"),
        ("0.0.0.0", "reserved"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("192.0.2.1", "reserved"),
        ("::", "reserved"),
        ("::127.0.0.1", "reserved"),
        ("2001:db8::1", "reserved"),
        ("2001:0:7f00:1::", "reserved"),
        ("fec0::1", "site-local"),
    ],
)
def test_what_is_not_of_the_internet_is_refused_always(address, adjective, allows_private):
    assert refusal(address, allows_private=allows_private) == adjective
