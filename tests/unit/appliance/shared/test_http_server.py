"""Through a real socket on the loopback, as http.server offers no other way in."""

import http.client
import threading

import pytest

from appliance.shared.http_server import Request, Response, json_response, make_server, not_found

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def ask():
    """Return a function that sends a request to a server that answers with what it was asked."""
    server = make_server(0, echo)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def send(method, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    yield send
    server.shutdown()
    server.server_close()


def echo(request: Request) -> Response:
    if request.path == "/closed":
        return json_response(401, {"reason": "no"})
    if request.path == "/missing":
        return not_found("/a", "/b")
    return Response(200, "text/plain", "|".join(request))


def test_it_passes_the_path_the_authorization_the_peer_and_the_query(ask):
    answer, body = ask("GET", "/report?x=1", Authorization="Bearer key")

    assert (answer.status, body) == (200, "/report|Bearer key|127.0.0.1|x=1")
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Cache-Control"] == "no-store"


def test_head_gets_the_headers_alone(ask):
    answer, body = ask("HEAD", "/report")

    assert (answer.status, body) == (200, "")
    assert int(answer.headers["Content-Length"]) > 0


def test_a_401_names_the_scheme(ask):
    answer, _body = ask("GET", "/closed")

    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_404_lists_the_paths(ask):
    answer, body = ask("GET", "/missing")

    assert answer.status == 404
    assert body == '{"status": "not found", "reason": "the paths are /a, /b"}\n'


def test_the_server_does_not_name_its_software(ask):
    answer, _body = ask("GET", "/report")

    assert answer.headers["Server"].strip() == "qlines"
