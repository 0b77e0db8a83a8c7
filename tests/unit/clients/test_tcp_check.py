import socket

import pytest

from qlines.clients.tcp_check import tcp_check


@pytest.fixture
def connections(monkeypatch):
    """Record each attempt; only port 2 accepts it."""
    attempts = []

    class Accepted:
        def close(self):
            pass

    def connect(address, timeout):
        attempts.append(address)
        if address[1] != 2:
            raise ConnectionRefusedError(f"{address} refused")
        return Accepted()

    monkeypatch.setattr(socket, "create_connection", connect)
    return attempts


def test_one_listener_of_several_is_enough(connections):
    tcp_check("one:1,two:2,three:3")

    assert connections == [("one", 1), ("two", 2)]


def test_it_raises_the_last_error_when_there_is_no_listener(connections):
    with pytest.raises(ConnectionRefusedError, match="three"):
        tcp_check("one:1,three:3")


def test_an_ipv6_address_is_in_brackets(connections):
    tcp_check("[::1]:2")

    assert connections == [("::1", 2)]
