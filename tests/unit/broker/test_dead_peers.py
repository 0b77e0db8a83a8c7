"""Connections whose device is gone without a word are closed by the kernel."""

import socket

import pytest


@pytest.mark.enable_socket
def test_a_silent_connection_is_probed_for_two_minutes(plugin):
    with socket.socket() as connection:
        plugin.dead_peers_notice(connection.fileno())

        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 10
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 6
