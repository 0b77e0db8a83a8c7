"""The story of a visitor who comes while the app is unreachable: a page that reloads every 5 s.

The page is served at once; within 20 s after the app is back, it is served again.
"""

import re

import pytest
import requests

from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.proxy import Proxy


@pytest.fixture(scope="module")
def app(network, proxy_image):
    """Return the container that stands for the app."""
    return network.stand_in(proxy_image, "app")


@pytest.fixture(scope="module")
def proxy(network, proxy_image, app):
    """Return a proxy that has seen the app up, and logs what is asked for."""
    assert app
    return Proxy(network, proxy_image, QLINES_ACCESS_LOG="on").wait_up("app")


@pytest.fixture
def unreachable(app, proxy):
    """Stop the app for one test."""
    run("docker", "stop", "-t", "1", app)
    yield
    run("docker", "start", app)
    eventually(lambda: proxy.get("/").status_code == 200, 20, "the app is served again")


@pytest.mark.usefixtures("unreachable")
def test_a_visitor_sees_a_page_that_reloads_and_the_app_once_it_is_back(proxy):
    answer = proxy.get("/devices")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "no-store" in answer.headers["Cache-Control"]
    assert re.search(r'http-equiv="refresh" content="\d+"', answer.text)
    assert "<script" not in answer.text
    style = re.search(r'href="([^"]+\.css)"', answer.text)[1]
    assert proxy.get(style).headers["Content-Type"].startswith("text/css")
    assert proxy.get("/proxy-pages/unavailable.html").status_code == 404, (
        "it cannot be requested directly"
    )


@pytest.mark.usefixtures("unreachable")
def test_a_visitor_sees_the_same_page_while_nginx_is_about_to_reload(proxy):
    proxy.exec("touch", "/run/proxy/closing")
    try:
        answer = proxy.get("/devices")
    finally:
        proxy.exec("rm", "/run/proxy/closing")

    assert answer.status_code == 503
    assert 'http-equiv="refresh"' in answer.text


@pytest.mark.usefixtures("unreachable")
def test_programs_and_devices_get_a_problem_document(proxy):
    for answer in (
        proxy.get("/api/data"),
        proxy.session().post(
            f"https://127.0.0.1:{proxy.https_port}/api/v1/secret-token-1/telemetry", json={"x": 1}
        ),
    ):
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Retry-After"] == "5"
        assert answer.json()["status"] == 503

    assert "secret-token-1" not in proxy.logs()


@pytest.mark.usefixtures("unreachable")
def test_no_log_has_the_secret_of_an_address(proxy):
    addresses = (
        "/api/v1/s3cret-1/rpc",
        "/api//v1/s3cret-2/telemetry",
        "/api/unregistered/s3cret-3/register",
        "/claim?name=pump&secret=s3cret-4",
        "/claim/?name=pump&secret=s3cret-5",
        "/login?next=/claim%3Fname%3Dpump%26secret%3Ds3cret-6",
    )
    for address in addresses:
        assert proxy.get(address).status_code == 503
    assert proxy.get("/devices?page=7").status_code == 503

    eventually(lambda: '"GET /devices?page=7 ' in proxy.logs(), 10, "requests are logged")
    logs = proxy.logs()
    assert 'request: "GET /devices?page=7' in logs, "failures are logged too"
    for shown in ("/api/v1/***/rpc", "/claim?***", "/login?***"):
        assert f'"GET {shown} ' in logs
    assert "s3cret" not in logs


@pytest.mark.usefixtures("unreachable")
def test_the_health_report_is_down_while_the_proxy_itself_is_live(proxy):
    def is_down():
        status, health = proxy.health()
        return (
            status == 503 and health["status"] == "down" and "unreachable" in health["problems"][0]
        )

    eventually(is_down, 20, "the health report says that the app is unreachable")
    assert proxy.health("/live")[0] == 200


def test_an_app_with_a_new_address_is_served(network, proxy_image, proxy, app):
    run("docker", "stop", "-t", "1", app)
    run("docker", "network", "disconnect", network.name, app)
    squatter = network.run(proxy_image, "sleep", "300")
    successor = network.stand_in(proxy_image, "successor")

    def is_successor():
        answer = proxy.get("/")
        return answer.status_code == 200 and answer.json()["name"] == "successor"

    eventually(is_successor, 20, "the successor is served under its new address")

    run("docker", "rm", "-f", squatter, successor)
    run("docker", "network", "connect", "--alias", "app", network.name, app)
    run("docker", "start", app)
    eventually(
        lambda: requests.get(f"http://127.0.0.1:{proxy.health_port}/proxy-health", timeout=5).ok,
        30, "the first app is served again",
    )  # fmt: skip
