"""Which ports are reachable from outside, and which only inside the container."""

import pytest

PUBLISHED = {("tcp", 5000), ("tcp", 1883), ("tcp", 5001)}
# The kernel's state of a socket that waits for anybody: TCP listens, UDP is not connected.
OPEN = {"tcp": "0A", "udp": "07"}
TABLES = 'cd /proc/net; for table in tcp tcp6 udp udp6; do sed "s/^/$table /" $table; done'
# Opens a port of each kind on every address, then prints the tables.
WITH_OPEN_PORTS = f"""
import socket, subprocess
opened = [
    socket.socket(family, kind)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    for family in (socket.AF_INET, socket.AF_INET6)
]
for number, one in enumerate(opened):
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind(("", 7400 + number))
    if one.type == socket.SOCK_STREAM:
        one.listen()
subprocess.run(["sh", "-c", {TABLES!r}])
"""


def listening(table):
    """Return protocol, address and port of each socket that is open to others."""
    rows = [line.split() for line in table.splitlines() if " sl " not in line]
    return {
        (row[0][:3], row[2].rpartition(":")[0], int(row[2].rpartition(":")[2], 16))
        for row in rows
        if row[4] == OPEN[row[0][:3]]
    }


def is_loopback(address):
    """Judge an address in the notation of the kernel's tables: four bytes at a time, reversed."""
    is_of_127 = len(address) == 8 and address.endswith("7F")
    return is_of_127 or address in {
        "00000000000000000000000001000000",  # ::1
        "0000000000000000FFFF00000100007F",  # ::ffff:127.0.0.1
    }


def beyond_loopback(table):
    return {(kind, port) for kind, address, port in listening(table) if not is_loopback(address)}


@pytest.fixture(scope="module")
def table(appliance):
    return appliance.exec("sh", "-c", TABLES)


def test_only_the_three_published_ports_are_open_beyond_loopback(table):
    assert beyond_loopback(table) == PUBLISHED


def test_no_other_port_would_go_unnoticed(appliance):
    table = appliance.exec("python3", "-c", WITH_OPEN_PORTS)

    assert beyond_loopback(table) - PUBLISHED == {
        ("tcp", 7400), ("tcp", 7401), ("udp", 7402), ("udp", 7403),
    }  # fmt: skip


def test_the_stores_listen_on_loopback(table):
    inside = {port for _, address, port in listening(table) if is_loopback(address)}

    assert {6379, 27017, 9000, 7010, 9009, 9092, 9093} <= inside


def test_supervisord_has_no_port_and_only_its_user_may_use_its_socket(appliance, table):
    mode = appliance.exec("stat", "-c", "%a", "/run/qlines/supervisor.sock").strip()

    assert mode == "700"
    assert 9001 not in {port for _, _, port in listening(table)}


def test_the_operators_script_reports_every_process_and_port_as_ok(appliance):
    lines = appliance.wait_well().exec("check_processes_and_ports.py").splitlines()

    assert "Process 'kafka' is OK and running" in lines
    assert "Port 9092 is open on 127.0.0.1.    Process: kafka" in lines
    assert "Port 1883 is open on 127.0.0.1.    Process: mosquitto" in lines


def test_the_operators_script_explains_why_there_is_no_zookeeper(appliance):
    text = appliance.exec("check_processes_and_ports.py", "--help")

    assert "2181" in text
    assert "KRaft" in text
