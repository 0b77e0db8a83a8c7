"""The story of a proxy without any setting: it serves localhost at once, and reports how.

From outside: what its ports offer, which TLS they accept, and what it can do in its container.
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
    """Return what openssl's client says; it ends with the handshake."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost"]
    result = subprocess.run(
        [*command, *options], input="", capture_output=True, timeout=20, check=False,
        text=True, errors="replace",
    )  # fmt: skip
    return result.stdout + result.stderr


def test_the_app_is_there_under_localhost_and_www_with_a_certificate_made_here(proxy):
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


def test_plain_http_leads_to_https_and_keeps_the_path(proxy):
    answer = requests.get(
        f"http://localhost:{proxy.http_port}/devices?page=2", timeout=10, allow_redirects=False
    )

    assert answer.status_code == 308
    assert answer.headers["Location"] == proxy.url("/devices?page=2")


@pytest.mark.parametrize("port", ["https_port", "mqtts_port"])
def test_old_tls_is_refused_and_today_s_is_taken(proxy, port):
    number = getattr(proxy, port)

    # SECLEVEL=0 lets the client offer what its own system forbids.
    for old in ("-tls1", "-tls1_1"):
        said = s_client(proxy, number, old, "-cipher", "DEFAULT@SECLEVEL=0")
        assert "Cipher is (NONE)" in said or "Cipher    : 0000" in said, said
    assert "TLSv1.2" in s_client(proxy, number, "-tls1_2")
    assert "TLSv1.3" in s_client(proxy, number, "-tls1_3")


def test_browsers_get_http_2(proxy):
    assert "ALPN protocol: h2" in s_client(proxy, proxy.https_port, "-alpn", "h2,http/1.1")


def test_nobody_is_root_and_nothing_of_the_image_can_be_changed(proxy):
    users = proxy.exec("sh", "-c", "cat /proc/[0-9]*/status | grep ^Uid").split()
    assert set(users) - {"Uid:"} == {"7010"}
    assert int(proxy.exec("sh", "-c", "grep ^CapEff /proc/1/status").split()[1], 16) == 0
    with pytest.raises(CommandError, match="Read-only file system"):
        proxy.exec("touch", "/opt/qlines/here")


def test_it_comes_back_with_the_same_certificate_and_stops_quickly(proxy):
    before = proxy.certificate("localhost")

    proxy.restart()

    assert proxy.certificate("localhost") == before
    eventually(lambda: proxy.get("/").status_code == 200, 10, "the app is served again")


def test_a_setting_that_makes_no_sense_is_one_sentence(proxy_image):
    with pytest.raises(CommandError) as refused:
        run("docker", "run", "--rm", "-e", "QLINES_APP_DOMAINS=https://x", proxy_image)

    assert "QLINES_APP_DOMAINS must be host names such as example.com" in refused.value.stderr


@pytest.mark.usefixtures("proxy")  # its app stands behind this one too
def test_a_name_that_is_not_ours_gets_nothing_once_there_are_domains(network, proxy_image):
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
