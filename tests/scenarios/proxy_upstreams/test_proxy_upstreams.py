"""The story of two apps behind one proxy: one fails, one is added, and no request fails.

The list comes from /data/upstreams, which a program that watches both machines could write.
"""

import pytest

from tests.harness.deadline import eventually, stays
from tests.harness.docker import run
from tests.harness.proxy import Proxy, load_of


@pytest.fixture
def apps(network, proxy_image):
    """Start two apps; return their containers by name."""
    containers = {name: network.stand_in(proxy_image, name, alias=name) for name in ("one", "two")}
    yield containers
    run("docker", "rm", "-f", *containers.values())


@pytest.fixture
def proxy(network, proxy_image, apps):
    """Return a proxy of its own for each test."""
    assert apps
    proxy = Proxy(network, proxy_image, QLINES_UPSTREAMS="one,two").wait_up("one", "two")
    yield proxy
    run("docker", "rm", "-f", proxy.name)


def generation(proxy):
    """Return the generation of the configuration that nginx runs."""
    return proxy.health()[1]["nginx"]["generation"]


def test_an_app_that_dies_is_skipped_without_a_failed_request(proxy, apps):
    with load_of(proxy) as load:
        load.wait_for_more()
        first = next(iter(load.names))
        run("docker", "kill", apps[first])
        load.wait_for_more(200)
        assert len(load.names) == 2, "the other one answers"

    assert load.failed == []
    eventually(lambda: proxy.health()[1]["status"] == "degraded", 20, "the problem is reported")
    assert any(first in problem for problem in proxy.health()[1]["problems"])


def test_an_upstream_is_replaced_under_load_without_a_failed_request(
    network, proxy_image, proxy, apps
):
    proxy.write("/data/upstreams", "app = one\n")
    proxy.wait_up("one")
    three = network.stand_in(proxy_image, "three", alias="three")

    with load_of(proxy) as load:
        load.wait_for_more()
        assert load.names == {"one"}
        proxy.write("/data/upstreams", "# one is being removed\napp = three\n")
        eventually(lambda: "three" in load.names, 15, "the new one answers")
        proxy.wait_up("three")
        run("docker", "kill", apps["one"])
        load.wait_for_more(200)

    assert load.failed == []
    run("docker", "rm", "-f", three)


def test_a_backup_is_used_only_while_the_other_is_unreachable(proxy, apps):
    before = generation(proxy)
    proxy.write("/data/upstreams", "app = one, two backup\n")
    eventually(lambda: generation(proxy) != before, 15, "the list is in use")

    with load_of(proxy) as load:
        load.wait_for_more(100)
        assert load.names == {"one"}
        run("docker", "kill", apps["one"])
        load.wait_for_more(100)

    assert load.failed == []
    assert load.names == {"one", "two"}


def test_an_invalid_list_is_reported_and_ignored(proxy):
    proxy.write("/data/upstreams", "app = one; rm -rf\n")

    eventually(lambda: proxy.health()[1]["status"] == "degraded", 15, "the problem is reported")
    health = proxy.health()[1]
    assert "/data/upstreams: line 1 must be" in health["nginx"]["reason"]
    assert {upstream["host"] for upstream in health["upstreams"]} == {"one", "two"}
    assert proxy.get("/").status_code == 200

    proxy.exec("rm", "/data/upstreams")
    eventually(lambda: proxy.health()[1]["status"] == "ok", 15, "the report is ok again")


def test_a_configuration_that_nginx_refuses_is_never_loaded(proxy):
    served = proxy.certificate("localhost")
    before = generation(proxy)

    proxy.write("/data/certificates/localhost.pem", "not a certificate\n")

    eventually(lambda: proxy.health()[1]["status"] == "degraded", 15, "the problem is reported")
    health = proxy.health()[1]
    assert health["nginx"]["state"] == "old configuration kept"
    assert health["nginx"]["generation"] == before
    assert "localhost.pem" in health["nginx"]["reason"]
    stays(lambda: proxy.certificate("localhost") == served, 2, "the old certificate is served")
    assert proxy.get("/").status_code == 200

    # After a restart there is no old configuration: it starts with the valid parts.
    proxy.restart()
    assert proxy.certificate("localhost") == served
    assert proxy.get("/").status_code == 200

    proxy.exec("rm", "/data/certificates/localhost.pem")
    eventually(
        lambda: proxy.health()[1]["nginx"]["state"] == "running", 15, "the report is ok again"
    )
