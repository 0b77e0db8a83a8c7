import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_interface

import pytest

from ha.virtual_address.__main__ import ask, holds, main, sentence_of
from ha.virtual_address.settings import Instance
from ha.virtual_address.standing import DEAD, GOOD

pytestmark = pytest.mark.enable_socket
OWN = Instance(ip_interface("127.0.0.7/8"), "lo", 7)
FOREIGN = Instance(ip_interface("192.0.2.10/24"), "eth0", 10)


def test_a_machine_has_an_address_when_it_may_use_it() -> None:
    assert holds([OWN])
    assert not holds([OWN, FOREIGN])


def test_the_state_is_a_sentence() -> None:
    assert sentence_of([OWN], is_here=True, standing=GOOD) == (
        "this VM has 127.0.0.7, its proxy serves"
    )
    assert sentence_of([OWN, FOREIGN], is_here=False, standing=DEAD) == (
        "this VM does not have 127.0.0.7 and 192.0.2.10, its proxy does not answer"
    )


def test_an_answer_comes_with_its_status_and_its_report() -> None:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(b'{"status": "down"}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Log nothing."""

    server = HTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.handle_request)
    thread.start()

    assert ask(server.server_port) == (503, {"status": "down"})
    thread.join()
    server.server_close()


def test_a_port_without_a_server_gives_no_status() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert ask(port) == (None, {})


def test_an_invalid_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QLINES_VIRTUAL_ADDRESS", "192.0.2.10")

    assert main(["check"]) == 2
    assert "QLINES_VIRTUAL_ADDRESS must be" in capsys.readouterr().err
