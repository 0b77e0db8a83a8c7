"""The story of a proxy without settings: it serves localhost at once, with its own certificate.

Its ports accept modern TLS only, and its container is unprivileged and read-only.
"""

import subprocess

import pytest
import requests

from tests.harness.deadline import eventually
from tests.harness.docker import CommandError, run
from tests.harness.proxy import Proxy


@pytest.fixture(scope="module")
def proxy(network, proxy_image):
    """Return a proxy with an app and the default domains."""
    network.stand_in(proxy_image, "only")
    return Proxy(network, proxy_image).wait_up("app")


def s_client(proxy, port, *options):
    """Return the output of openssl's client, which ends after the handshake."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost"]
    result = subprocess.run(
        [*command, *options], input="", capture_output=True, timeout=20, check=False,
        text=True, errors="replace",
    )  # fmt: skip
    return result.stdout + result.stderr


def test_the_app_is_served_for_localhost_and_www_with_a_placeholder_certificate(proxy):
    eventually(lambda: proxy.get("/devices").status_code == 200, 10, "the app is served")
    answer = proxy.get("/devices")
    assert answer.json()["name"] == "only"
    assert "Strict-Transport-Security" not in answer.headers
    assert proxy.get("/", "www.localhost").json()["name"] == "only"

    status, health = proxy.health()

    assert status == 200
    assert health["status"] == "ok"
    shown = health["certificates"]["localhost"]
    assert shown["kind"] == "placeholder"
    assert shown["days_left"] > 300
    assert "self-signed" in shown["reason"]


def test_http_redirects_to_https_and_keeps_the_path(proxy):
    answer = requests.get(
        f"http://localhost:{proxy.http_port}/devices?page=2", timeout=10, allow_redirects=False
    )

    assert answer.status_code == 308
    assert answer.headers["Location"] == proxy.url("/devices?page=2")


@pytest.mark.parametrize("port", ["https_port", "mqtts_port"])
def test_old_tls_is_refused_and_current_tls_is_accepted(proxy, port):
    number = getattr(proxy, port)

    # SECLEVEL=0 lets the client offer what Debian's configuration forbids.
    for old in ("-tls1", "-tls1_1"):
        output = s_client(proxy, number, old, "-cipher", "DEFAULT@SECLEVEL=0")
        assert "Cipher is (NONE)" in output or "Cipher    : 0000" in output, output
    assert "TLSv1.2" in s_client(proxy, number, "-tls1_2")
    assert "TLSv1.3" in s_client(proxy, number, "-tls1_3")


def test_browsers_get_http_2(proxy):
    assert "ALPN protocol: h2" in s_client(proxy, proxy.https_port, "-alpn", "h2,http/1.1")


def test_no_process_is_root_and_the_image_is_read_only(proxy):
    users = proxy.exec("sh", "-c", "cat /proc/[0-9]*/status | grep ^Uid").split()
    assert set(users) - {"Uid:"} == {"7010"}
    assert int(proxy.exec("sh", "-c", "grep ^CapEff /proc/1/status").split()[1], 16) == 0
    with pytest.raises(CommandError, match="Read-only file system"):
        proxy.exec("touch", "/opt/qlines/here")


def test_after_a_restart_it_serves_the_same_certificate(proxy):
    before = proxy.certificate("localhost")

    proxy.restart()

    assert proxy.certificate("localhost") == before
    eventually(lambda: proxy.get("/").status_code == 200, 10, "the app is served again")


def test_an_invalid_setting_stops_the_start_with_a_message(proxy_image):
    with pytest.raises(CommandError) as refused:
        run("docker", "run", "--rm", "-e", "QLINES_APP_DOMAINS=https://x", proxy_image)

    assert "QLINES_APP_DOMAINS must be host names such as example.com" in refused.value.stderr


@pytest.mark.usefixtures("proxy")  # its app is the upstream here too
def test_an_unknown_host_gets_no_content_once_domains_are_set(network, proxy_image):
    named = Proxy(network, proxy_image, QLINES_APP_DOMAINS="one.test").wait_up("app")

    eventually(
        lambda: named.get("/", "one.test").status_code == 200, 10, "the app is served by its name"
    )
    assert named.get("/", "other.test").status_code == 421
    plain = requests.get(f"http://127.0.0.1:{named.http_port}/", timeout=10, allow_redirects=False)
    assert plain.status_code == 404
    status, health = named.health()
    assert status == 200
    assert "QLINES_ACME_EMAIL is not set" in health["problems"][0]
