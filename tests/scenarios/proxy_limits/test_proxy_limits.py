"""The story of rate and size limits: a flood is refused, an office is not."""

import contextlib
import json
import socket
import ssl

import pytest

from tests.harness.deadline import eventually
from tests.harness.proxy import Proxy

# Runs inside the network: the host's requests come from Docker's own address, which is not limited.
# Prints the number of answers per status.
FLOOD = """
import collections, http.client, ssl, sys
context = ssl._create_unverified_context()
counts = collections.Counter()
connection = http.client.HTTPSConnection(sys.argv[1], 8443, context=context)
for _ in range(int(sys.argv[3])):
    connection.request(sys.argv[4], sys.argv[2], headers={"Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    counts[answer.status] += 1
import json
print(json.dumps(counts))
"""


@pytest.fixture(scope="module")
def apps(network, proxy_image):
    """Return the stand-in app and the stand-in blog."""
    return (
        network.stand_in(proxy_image, "app"),
        network.stand_in(proxy_image, "blog", alias="blog", ports="8080 8081"),
    )


@pytest.fixture(scope="module")
def proxy(network, proxy_image, apps):
    """Return a proxy for both."""
    assert apps
    proxy = Proxy(
        network, proxy_image, aliases=("proxy",),
        QLINES_BLOG_SITES="wordpress_one=blog.localhost", QLINES_MQTT_PLAIN="on",
    )  # fmt: skip
    eventually(lambda: proxy.get("/", "blog.localhost").status_code == 200, 20, "the blog answers")
    eventually(lambda: proxy.get("/").status_code == 200, 20, "the app answers")
    return proxy


def post(proxy, path, size, domain="localhost"):
    """Send *size* bytes and return the answer."""
    url = f"https://127.0.0.1:{proxy.https_port}{path}"
    return proxy.session(domain).post(url, data=b"x" * size, timeout=30)


def flood(proxy, path, count, method="GET"):
    """Send *count* requests from inside the network; return the number of answers per status."""
    answer = proxy.exec("python3", "-c", FLOOD, "proxy", path, str(count), method)
    return {int(status): number for status, number in json.loads(answer).items()}


def test_the_app_accepts_one_mebibyte_and_the_blog_uploads_of_64(proxy):
    assert post(proxy, "/api/devices", 1 << 20).json()["body_bytes"] == 1 << 20
    refused = post(proxy, "/api/devices", (1 << 20) + 1)
    assert refused.status_code == 413
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert post(proxy, "/wp-admin/async-upload.php", 20 << 20, "blog.localhost").ok
    assert post(proxy, "/upload", (64 << 20) + 1, "blog.localhost").status_code == 413


def test_an_oversized_header_is_refused(proxy):
    assert proxy.get("/", headers={"Cookie": "a" * 6000}).status_code == 200
    assert proxy.get("/", headers={"Cookie": "a" * 60_000}).status_code == 400


def test_forwarded_headers_of_a_client_are_overwritten(proxy):
    claims = {
        "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil",
        "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X-Forwarded-Port": "1",
        "Upgrade": "h2c", "Connection": "Upgrade",
    }  # fmt: skip

    headers = proxy.get("/", headers=claims).json()["headers"]

    assert "6.6.6.6" not in json.dumps(headers)
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-forwarded-host"] == headers["host"] == f"localhost:{proxy.https_port}"
    assert not {"forwarded", "x-forwarded-port", "upgrade"} & set(headers)


def test_the_blog_gets_the_host_of_the_request(proxy):
    answer = proxy.get("/2026/a-post", "www.blog.localhost").json()

    assert answer["name"] == "blog"
    assert answer["headers"]["host"].startswith("www.blog.localhost")
    assert answer["headers"]["x-forwarded-proto"] == "https"


def test_the_pages_of_an_office_are_not_limited_and_a_flood_is(proxy):
    assert set(flood(proxy, "/devices", 250)) == {200}

    counts = flood(proxy, "/devices", 1500)

    assert counts[429] > 100, counts
    assert proxy.get("/devices").status_code == 200, "other addresses are still served"


def test_a_thousand_devices_behind_one_address_are_not_limited(proxy):
    assert set(flood(proxy, "/api/v1/token/telemetry", 2500, "POST")) == {200}
    assert set(flood(proxy, "/static/x.css", 1500)) == {200}


def test_a_client_that_never_ends_its_header_is_disconnected(proxy):
    context = ssl._create_unverified_context()
    with (
        socket.create_connection(("127.0.0.1", proxy.https_port), 30) as bare,
        context.wrap_socket(bare, server_hostname="localhost") as slow,
    ):
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        slow.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            assert slow.recv(1000) == b"", "the connection is closed without an answer"


def test_mqtt_without_tls_is_open_only_by_setting(proxy, network, proxy_image):
    connect = "import socket, sys; socket.create_connection((sys.argv[1], 1883), 5).close()"
    proxy.exec("python3", "-c", connect, "127.0.0.1")

    default = Proxy(network, proxy_image)
    assert "ConnectionRefusedError" in default.exec(
        "sh", "-c", f"python3 -c '{connect}' 127.0.0.1 2>&1 || true"
    )
