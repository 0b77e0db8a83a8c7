"""The story of certificates: ordered and renewed automatically from a real ACME server."""

import pytest

from tests.harness.acme_authority import Authority, pebble
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError, run
from tests.harness.proxy import Network, Proxy, load_of

# lost.test does not resolve, elsewhere.test is another machine, late.test leads here in one test.
DOMAINS = "one.test,lost.test,elsewhere.test,late.test"


@pytest.fixture(scope="module")
def authority(network, proxy_image, tmp_path_factory):
    """Return the authority; without Pebble and Go the tests are skipped, which fails in CI."""
    program = pebble()
    if program is None:
        pytest.skip("NO PEBBLE AND NO GO: certificates were not tested; see `.ci/tools pebble`")
    return Authority(network, proxy_image, program, tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def proxy(network, proxy_image, authority):
    """Return a proxy that has all certificates which it can get."""
    network.stand_in(proxy_image, "app")
    network.stand_in(proxy_image, "elsewhere", alias="elsewhere.test", ports="8080")
    network.stand_in(proxy_image, "blog", alias="blog", ports="8080")
    proxy = Proxy(
        network, proxy_image, aliases=("one.test", "www.one.test", "two.test"),
        options=authority.options, QLINES_APP_DOMAINS=DOMAINS,
        QLINES_BLOG_SITES="wordpress_two=two.test", **authority.settings,
    )  # fmt: skip
    for domain in ("one.test", "two.test"):
        eventually(lambda: kind(proxy, domain) == "authority", 90, f"{domain} gets a certificate")  # noqa: B023 - waited for at once
    return proxy


def kind(proxy, domain):
    """Return the kind of the served certificate in the health report."""
    return proxy.health()[1]["certificates"].get(domain, {}).get("kind")


def renewal(proxy, domain):
    """Return the last attempt in the health report."""
    return proxy.health()[1]["renewal"]["domains"].get(domain, {})


def test_each_domain_that_leads_here_has_its_own_certificate_with_its_names(proxy):
    served = proxy.health()[1]["certificates"]

    assert set(served["one.test"]["names"]) == {"one.test", "www.one.test"}
    assert served["two.test"]["names"] == ["two.test"], "www.two.test does not lead here"
    assert "Pebble" in served["one.test"]["issuer"]
    assert 88 < served["one.test"]["days_left"] < 91
    answer = proxy.get("/", "one.test")
    assert answer.json()["name"] == "app"
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert proxy.get("/", "two.test").json()["name"] == "blog"
    assert proxy.certificate("www.one.test") == proxy.certificate("one.test")
    assert proxy.certificate("two.test") != proxy.certificate("one.test")


@pytest.mark.parametrize(
    ("domain", "why"),
    [("lost.test", "does not lead here"), ("elsewhere.test", "is answered by another machine")],
)
def test_no_certificate_is_ordered_for_a_domain_that_does_not_lead_here(proxy, domain, why):
    def is_reported():
        problems = proxy.health()[1]["problems"]
        return any(domain in problem and why in problem for problem in problems)

    eventually(is_reported, 30, "the problem is reported")
    health = proxy.health()[1]

    assert health["renewal"]["domains"][domain]["outcome"] == "elsewhere"
    assert why in health["renewal"]["domains"][domain]["sentence"]
    assert health["status"] == "degraded"
    answer = proxy.get("/", domain)
    assert answer.json()["name"] == "app"
    assert "Strict-Transport-Security" not in answer.headers


def test_a_restart_orders_nothing(proxy, authority):
    served, orders = proxy.certificate("one.test"), authority.orders()

    proxy.restart()

    assert proxy.certificate("one.test") == served
    eventually(lambda: renewal(proxy, "lost.test"), 30, "the controller has checked all domains")
    assert authority.orders() == orders


def test_with_what_a_backup_restores_nothing_is_ordered(proxy, authority):
    served, orders = proxy.certificate("one.test"), authority.orders()
    in_no_backup = "find /data -mindepth 1 -maxdepth 1 ! -name certificates ! -name letsencrypt"
    proxy.exec("sh", "-c", f"{in_no_backup} ! -name .lock -exec rm -r {{}} +")

    proxy.restart()

    assert proxy.certificate("one.test") == served
    eventually(lambda: renewal(proxy, "lost.test"), 30, "the controller has checked all domains")
    assert authority.orders() == orders
    assert "one.test: not due" in proxy.exec("qlines-proxy", "renew", "one.test")


def test_a_renewed_certificate_is_served_at_once_without_a_failed_request(proxy):
    before = proxy.certificate("one.test")

    with load_of(proxy, domain="one.test") as load:
        load.wait_for_more()
        printed = proxy.exec("qlines-proxy", "renew", "--force", "one.test")
        eventually(
            lambda: proxy.certificate("one.test") != before, 10, "the new certificate is served"
        )
        load.wait_for_more(200)

    assert load.failed == []
    assert "one.test: renewed" in printed
    assert renewal(proxy, "one.test")["outcome"] == "renewed"


def test_a_certificate_that_is_not_due_is_not_renewed(proxy, authority):
    served, orders = proxy.certificate("two.test"), authority.orders()

    assert "two.test: not due" in proxy.exec("qlines-proxy", "renew", "two.test")

    assert proxy.certificate("two.test") == served
    assert authority.orders() == orders


def test_while_the_authority_is_unreachable_the_old_certificate_is_served_and_reported(
    proxy, authority
):
    served = proxy.certificate("two.test")
    authority.disconnect()
    try:
        with pytest.raises(CommandError) as failed:
            proxy.exec("qlines-proxy", "renew", "--force", "two.test")
        assert "two.test: refused" in failed.value.stdout
        assert proxy.certificate("two.test") == served
        status, health = proxy.health()
        assert status == 200, "visitors are still served"
        assert health["status"] == "degraded"
        assert any("two.test: the last renewal failed" in problem for problem in health["problems"])
        assert health["renewal"]["domains"]["two.test"]["sentence"]
    finally:
        authority.reconnect()

    assert "two.test: renewed" in proxy.exec("qlines-proxy", "renew", "--force", "two.test")
    eventually(lambda: proxy.certificate("two.test") != served, 10, "the new certificate is served")


def test_a_domain_that_starts_to_lead_here_gets_its_certificate_automatically(proxy, authority):
    later = Network()
    try:
        run("docker", "network", "connect", later.name, authority.name)
        run("docker", "network", "connect", "--alias", "late.test", later.name, proxy.name)

        eventually(
            lambda: kind(proxy, "late.test") == "authority", 60, "late.test gets a certificate"
        )
    finally:
        for name in (proxy.name, authority.name):
            run("docker", "network", "disconnect", "-f", later.name, name)
        later.remove()


def test_only_the_owner_may_read_a_key(proxy):
    modes = proxy.exec("find", "/data", "-name", "*.pem", "-type", "f", "-printf", "%m %f\n")

    keys = [line for line in modes.splitlines() if "privkey" in line or ".test.pem" in line]
    assert keys
    assert {line.split()[0] for line in keys} == {"600"}
