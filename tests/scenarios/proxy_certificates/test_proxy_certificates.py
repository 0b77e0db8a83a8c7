"""The story of certificates that come by themselves and stay fresh, told with a real authority."""

import pytest

from tests.harness.acme_authority import Authority, pebble
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError, run
from tests.harness.proxy import Network, Proxy, load_of

# lost.test is nobody's, elsewhere.test is another machine's, late.test gets here in its own test.
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
    """Return a proxy that has got what certificates it can get."""
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
    """Return what the monitor says about the certificate that is shown."""
    return proxy.health()[1]["certificates"].get(domain, {}).get("kind")


def renewal(proxy, domain):
    """Return what the monitor says about the last attempt."""
    return proxy.health()[1]["renewal"]["domains"].get(domain, {})


def test_each_domain_that_leads_here_got_its_own_certificate_with_its_names(proxy):
    shown = proxy.health()[1]["certificates"]

    assert set(shown["one.test"]["names"]) == {"one.test", "www.one.test"}
    assert shown["two.test"]["names"] == ["two.test"], "www.two.test does not lead here"
    assert "Pebble" in shown["one.test"]["issuer"]
    assert 88 < shown["one.test"]["days_left"] < 91
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
def test_a_domain_that_does_not_lead_here_costs_the_authority_nothing(proxy, domain, why):
    def is_reported():
        return any(domain in one and why in one for one in proxy.health()[1]["problems"])

    eventually(is_reported, 30, "the monitoring sees it")
    health = proxy.health()[1]

    assert health["renewal"]["domains"][domain]["outcome"] == "elsewhere"
    assert why in health["renewal"]["domains"][domain]["sentence"]
    assert health["status"] == "degraded"
    answer = proxy.get("/", domain)
    assert answer.json()["name"] == "app"
    assert "Strict-Transport-Security" not in answer.headers


def test_a_restart_orders_nothing(proxy, authority):
    shown, orders = proxy.certificate("one.test"), authority.orders()

    proxy.restart()

    assert proxy.certificate("one.test") == shown
    eventually(lambda: renewal(proxy, "lost.test"), 30, "the controller has gone through all")
    assert authority.orders() == orders


def test_a_renewal_is_shown_at_once_and_fails_no_request(proxy):
    before = proxy.certificate("one.test")

    with load_of(proxy, domain="one.test") as load:
        load.goes_on()
        said = proxy.exec("qlines-proxy", "renew", "--force", "one.test")
        eventually(lambda: proxy.certificate("one.test") != before, 10, "the new one is shown")
        load.goes_on(200)

    assert load.failed == []
    assert "one.test: renewed" in said
    assert renewal(proxy, "one.test")["outcome"] == "renewed"


def test_what_is_not_due_is_left_alone(proxy, authority):
    shown, orders = proxy.certificate("two.test"), authority.orders()

    assert "two.test: not due" in proxy.exec("qlines-proxy", "renew", "two.test")

    assert proxy.certificate("two.test") == shown
    assert authority.orders() == orders


def test_while_the_authority_is_unreachable_the_old_certificate_is_served_and_reported(
    proxy, authority
):
    shown = proxy.certificate("two.test")
    authority.disconnect()
    try:
        with pytest.raises(CommandError) as failed:
            proxy.exec("qlines-proxy", "renew", "--force", "two.test")
        assert "two.test: refused" in failed.value.stdout
        assert proxy.certificate("two.test") == shown
        status, health = proxy.health()
        assert status == 200, "visitors notice nothing"
        assert health["status"] == "degraded"
        assert any("two.test: the last renewal failed" in one for one in health["problems"])
        assert health["renewal"]["domains"]["two.test"]["sentence"]
    finally:
        authority.reconnect()

    assert "two.test: renewed" in proxy.exec("qlines-proxy", "renew", "--force", "two.test")
    eventually(lambda: proxy.certificate("two.test") != shown, 10, "the new one is shown")


def test_a_domain_that_begins_to_lead_here_gets_its_certificate_by_itself(proxy, authority):
    later = Network()
    try:
        run("docker", "network", "connect", later.name, authority.name)
        run("docker", "network", "connect", "--alias", "late.test", later.name, proxy.name)

        eventually(lambda: kind(proxy, "late.test") == "authority", 60, "late.test gets one")
    finally:
        for name in (proxy.name, authority.name):
            run("docker", "network", "disconnect", "-f", later.name, name)
        later.remove()


def test_nobody_but_the_owner_may_read_a_key(proxy):
    modes = proxy.exec("find", "/data", "-name", "*.pem", "-type", "f", "-printf", "%m %f\n")

    keys = [line for line in modes.splitlines() if "privkey" in line or ".test.pem" in line]
    assert keys
    assert {line.split()[0] for line in keys} == {"600"}
