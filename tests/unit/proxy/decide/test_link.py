import re

import pytest

from appliance.shared.twin import PROXY_SERVICES
from proxy.controller.config_manager import read_templates
from proxy.decide.blocks import Address
from proxy.decide.link import Ends, render
from proxy.link import Link

LINK = Link("a", "proxy.a.twin", "proxy.b.twin", "vm-b.example.com", 7443, "/data/twin", "1-1")
ENDS = Ends(
    peer=(Address("10.8.0.2", 7443, 0, False),),
    app=(Address("172.18.0.2", 5000, 1883, False),),
    blog=(Address("172.18.0.3", 8080, 0, False),),
)


def texts(ends=ENDS, link=LINK, *, has_ipv6=False):
    return render(link, ends, read_templates(), has_ipv6=has_ipv6)


def stream(*given, **more):
    return texts(*given, **more)["link-stream.conf"]


def upstream(text, name):
    """Return the servers of an upstream."""
    block = re.search(rf"upstream {name} {{\n(.*?)}}", text, re.DOTALL)
    return re.findall(r"server (\S+?)[ ;]", block[1])


def service_of(text, subject, name):
    """Return what the map of a text leads a certificate and a name to."""
    rules = re.findall(r'"~(\^.*\$)" (\w+);', text)
    found = [service for rule, service in rules if re.search(rule, f"{subject} {name}")]
    return found[0] if found else "link_refused"


@pytest.mark.parametrize(
    ("service", "server"),
    [
        ("http", "172.18.0.2:5000"),
        ("mqtt", "172.18.0.2:1883"),
        ("health", "172.18.0.2:5001"),
        ("blog", "172.18.0.3:8080"),
        ("blog-health", "172.18.0.3:8081"),
        ("acme", "127.0.0.1:5005"),
        ("ha", "127.0.0.1:5006"),
    ],
)
def test_what_comes_in_goes_to_this_vm_by_the_name_that_was_sent(service, server):
    text = stream()

    name = service_of(text, "CN=proxy.b.twin", f"{service}.proxy.a.twin")

    assert upstream(text, name) == [server]


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("CN=app.b.twin", "http.proxy.a.twin"),
        ("CN=proxy.a.twin", "http.proxy.a.twin"),
        ("CN=proxy.b.twin.example.com", "http.proxy.a.twin"),
        ("CN=not-proxy.b.twin", "http.proxy.a.twin"),
        ("CN=proxyxb.twin", "http.proxy.a.twin"),
        ("", "http.proxy.a.twin"),
        ("CN=proxy.b.twin", "http.proxy.b.twin"),
        ("CN=proxy.b.twin", "redis.proxy.a.twin"),
        ("CN=proxy.b.twin", "proxy.a.twin"),
        ("CN=proxy.b.twin", ""),
    ],
)
def test_any_other_certificate_or_name_leads_nowhere(subject, name):
    text = stream()

    assert service_of(text, subject, name) == "link_refused"
    assert upstream(text, "link_refused") == ["127.0.0.1:9"]


def test_a_subject_may_have_more_parts():
    assert service_of(stream(), "O=QLines,CN=proxy.b.twin", "mqtt.proxy.a.twin") == "link_mqtt"


def test_every_service_has_a_port_on_loopback_that_leads_to_the_other_proxy():
    text = stream()

    for service, port in PROXY_SERVICES.items():
        server = text[text.index(f"listen 127.0.0.1:{port};") :].partition("}")[0]
        assert f"proxy_ssl_name {service}.proxy.b.twin;" in server
        assert "proxy_ssl_verify on;" in server
        assert "proxy_pass link_other;" in server
    assert upstream(text, "link_other") == ["10.8.0.2:7443"]


def test_the_link_asks_for_a_certificate_under_tls_1_3():
    server = stream().partition("listen 7443")[2].partition("}")[0]

    assert "ssl_verify_client on;" in server
    assert "ssl_protocols TLSv1.3;" in server
    assert "ssl_client_certificate /data/twin/ca.pem;" in server


def test_the_link_needs_no_address_yet_and_no_blog():
    text = stream(ENDS._replace(peer=(), app=(), blog=None))

    assert upstream(text, "link_other") == upstream(text, "link_http") == ["127.0.0.1:9"]
    assert service_of(text, "CN=proxy.b.twin", "blog.proxy.a.twin") == "link_refused"


def test_the_link_listens_on_ipv6_where_there_is_some():
    assert "listen [::]:7443 ssl" in stream(has_ipv6=True)


def test_a_renewed_certificate_of_the_link_is_another_configuration():
    assert stream() != stream(link=LINK._replace(mark="2-2"))


def test_a_token_that_is_not_here_is_asked_for_once():
    made = texts()

    assert "error_page 404 = @other_proxy;" in made["link-acme-location.conf"]
    assert "proxy_pass http://127.0.0.1:7506;" in made["link-acme-server.conf"]
    assert "@other_proxy" not in made["link-http.conf"]
