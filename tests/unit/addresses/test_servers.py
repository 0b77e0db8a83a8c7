import pytest

from qlines.addresses.servers import servers


@pytest.mark.parametrize("text", ["a:1", "a:1,b:65535", "[::1]:9092"])
def test_addresses_are_taken_as_they_are(text):
    assert servers(text) == text


@pytest.mark.parametrize("text", ["a", "a:", "a:0", "a:65536", "a:1,", ":1", "a:b"])
def test_an_address_without_host_or_port_is_refused(text):
    with pytest.raises(ValueError, match="host:port, several separated by commas"):
        servers(text)
