"""Which ports are reachable from outside, and which only inside the container."""

PUBLISHED = {5000, 1883, 5001}


def listening(appliance):
    """Return pairs of address and port that the container's programs listen on."""
    table = appliance.exec("sh", "-c", "cat /proc/net/tcp /proc/net/tcp6")
    rows = [line.split() for line in table.splitlines() if not line.strip().startswith("sl")]
    pairs = [row[1].split(":") for row in rows if row[3] == "0A"]  # 0A: LISTEN
    return {(address, int(port, 16)) for address, port in pairs}


def is_loopback(address):
    return address in {
        "0100007F",  # 127.0.0.1, in the byte order of the kernel's table
        "00000000000000000000000001000000",  # ::1
        "0000000000000000FFFF00000100007F",  # ::ffff:127.0.0.1
    }


def test_only_the_three_published_ports_listen_beyond_loopback(appliance):
    open_ports = {port for address, port in listening(appliance) if not is_loopback(address)}

    assert open_ports == PUBLISHED


def test_the_stores_listen_on_loopback(appliance):
    inside = {port for address, port in listening(appliance) if is_loopback(address)}

    assert {6379, 27017, 9000, 7010, 9009, 9092, 9093} <= inside


def test_supervisord_has_no_port_and_only_its_user_may_use_its_socket(appliance):
    mode = appliance.exec("stat", "-c", "%a", "/run/qlines/supervisor.sock").strip()

    assert mode == "700"
    assert 9001 not in {port for _address, port in listening(appliance)}


def test_the_operators_script_reports_every_process_and_port_as_ok(appliance):
    lines = appliance.exec("check_processes_and_ports.py").splitlines()

    assert "Process 'kafka' is OK and running" in lines
    assert "Port 9092 is open on 127.0.0.1.    Process: kafka" in lines
    assert "Port 1883 is open on 127.0.0.1.    Process: mosquitto" in lines


def test_the_operators_script_explains_why_there_is_no_zookeeper(appliance):
    text = appliance.exec("check_processes_and_ports.py", "--help")

    assert "2181" in text
    assert "KRaft" in text
