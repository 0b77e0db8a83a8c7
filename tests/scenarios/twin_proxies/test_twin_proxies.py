"""The story of two VMs whose proxies know both apps: one fails or is drained, the other serves.

Each VM has networks of its own; only the link joins them.
"""

import socket
import ssl

import pytest
import requests

from tests.harness.deadline import eventually, stays
from tests.harness.docker import run
from tests.harness.proxy import Network, load_of
from tests.harness.shifted_clock import ShiftedClock
from tests.harness.twin_proxies import Authority, Vm


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def between():
    """Return the network in which the proxies see one another."""
    return Network()


@pytest.fixture(scope="module")
def vms(proxy_image, authority, between, tmp_path_factory):
    """Yield the VMs by side; their apps answer, a is active."""
    made = {}
    try:
        for side in "ab":
            clock = ShiftedClock(tmp_path_factory.mktemp("clock"))
            made[side] = Vm(side, proxy_image, between, authority, clock)
        yield made
    finally:
        for vm in made.values():
            vm.remove()
        between.remove()


@pytest.fixture
def a(vms):
    return vms["a"]


@pytest.fixture
def b(vms):
    return vms["b"]


@pytest.fixture(autouse=True)
def _both_are_well(a, b):
    a.say(role="active", role_since="1")
    b.say(role="standby")
    for vm in (a, b):
        vm.wait_for_order("a", "b")
        eventually(lambda vm=vm: vm.served_by() == "app of a", 20, "a serves")


def test_pages_of_both_proxies_come_from_the_active_app(a, b):
    assert a.served_by() == b.served_by() == "app of a"
    answer = b.proxy.get("/x", headers={"X-Forwarded-For": "6.6.6.6"}).json()
    assert answer["headers"]["x-forwarded-proto"] == "https"
    assert "6.6.6.6" not in answer["headers"]["x-forwarded-for"]
    assert b.twin()["sides"]["a"] == {
        "app": "ready",
        "role": "active",
        "blog": "ready",
        "blog_role": a.role()["role"],
    }


def test_b_serves_when_the_app_of_a_dies(a, b):
    a.kill_app()

    eventually(lambda: a.served_by() == "app of b", 15, "a's proxy reaches b's app by the link")
    b.say(role="active", role_since="2")
    for vm in (a, b):
        vm.wait_for_order("b", "a")
        assert vm.served_by() == "app of b"
    eventually(
        lambda: any("app of a is unreachable" in problem for problem in b.twin()["problems"]),
        15,
        "the problem is reported",
    )
    a.new_app()


def test_nothing_goes_round_in_a_circle_when_both_apps_are_dead(a, b):
    a.kill_app()
    b.kill_app()

    for vm in (a, b):
        eventually(lambda vm=vm: vm.proxy.get("/").status_code == 503, 30, "503 at once")
    stays(lambda: a.proxy.get("/api/x").status_code == 503, 3, "no circle")
    assert "both apps are unreachable" in a.twin()["sentence"]
    a.new_app()
    b.new_app()


def test_a_drain_of_the_active_side_costs_no_request(a, b):
    with load_of(a.proxy) as at_a, load_of(b.proxy) as at_b:
        at_a.wait_for_more()
        a.say(status="draining", role="active", role_since="1", reason="new disk")
        a.wait_for_order("b")
        eventually(lambda: a.served_by() == b.served_by() == "app of b", 20, "b serves both")
        at_a.wait_for_more(300)
        at_b.wait_for_more(300)
        a.say(role="active", role_since="1")
        a.wait_for_order("a", "b")
        at_a.wait_for_more(300)

    assert at_a.failed == []
    assert at_b.failed == []
    assert a.twin()["sides"]["a"]["app"] == "ready"


def test_a_proxy_that_dies_is_reported_and_costs_the_other_side_nothing(a, b):
    run("docker", "kill", b.proxy.name)

    with load_of(a.proxy) as load:
        load.wait_for_more(200)
        eventually(lambda: a.twin()["link"] == "down", 15, "the link is reported as down")
        load.wait_for_more(200)
    assert load.failed == []
    assert any("the link to b is down" in problem for problem in a.twin()["problems"])
    run("docker", "start", b.proxy.name)
    b.proxy.wait_alive()


def test_a_cut_link_makes_no_request_hang_and_is_found_again(a, b, between):
    # Its requests fail after 10 s; nginx itself would wait for 75 s.
    with load_of(b.proxy) as load:
        load.wait_for_more()
        run("docker", "network", "disconnect", between.name, a.proxy.name)
        eventually(lambda: b.twin()["link"] == "down", 20, "the cut is noticed")
        load.wait_for_more(200)
    assert load.failed == []
    assert load.names == {"app of a", "app of b"}

    run("docker", "network", "connect", "--alias", "proxy-a", between.name, a.proxy.name)
    for vm in (a, b):
        eventually(lambda vm=vm: vm.twin()["link"] == "up", 30, "the link is found again")


def test_clocks_that_differ_are_reported_by_both_and_change_nothing(a, b):
    b.clock.set(-5)

    for vm, problem in ((a, "the clock of b is -5 s off"), (b, "the clock of a is +5 s off")):
        eventually(
            lambda vm=vm, problem=problem: any(problem in one for one in vm.twin()["problems"]),
            15, f"{vm.side} reports {problem!r}",
        )  # fmt: skip
    assert a.served_by() == b.served_by() == "app of a"
    b.clock.set(0)
    for vm in (a, b):
        eventually(lambda vm=vm: vm.twin()["problems"] == [], 15, "they are well")


def test_a_device_is_served_by_its_own_side_and_by_the_other_while_that_is_away(a, b):
    def echo(vm):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", vm.proxy.mqtts_port), 5) as bare,
            context.wrap_socket(bare, server_hostname="localhost") as secure,
        ):
            secure.sendall(b"hello")
            return secure.recv(100) == b"hello"

    assert b.twin()["upstreams"]["mqtt"] == ["b", "a"]
    assert echo(b)
    b.kill_app()
    eventually(lambda: echo(b), 15, "a's broker answers at b's proxy")
    b.new_app()


def test_the_blog_of_the_active_app_is_the_primary_and_the_other_a_replica(a, b):
    eventually(lambda: a.role()["role"] == "primary", 30, "a's blog is promoted")
    assert 0 < a.role()["valid_seconds"] <= 10
    assert b.role()["role"] == "replica"
    assert a.served_by("blog.localhost") == b.served_by("blog.localhost") == "blog of a"


def test_the_link_refuses_strangers_and_services_that_it_does_not_have(a, b, authority, tmp_path):
    def answer(name, pem):
        """Return what the link's health service says to a client with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if pem:
            file = tmp_path / "client.pem"
            file.write_text(pem)
            context.load_cert_chain(file)
        address = run(
            *("docker", "inspect", "-f"),
            f'{{{{(index .NetworkSettings.Networks "{a.network.name}").IPAddress}}}}',
            a.proxy.name,
        ).strip()
        try:
            with (
                socket.create_connection((address, 7443), 5) as bare,
                context.wrap_socket(bare, server_hostname=name) as secure,
            ):
                secure.sendall(b"GET /health/ready HTTP/1.0\r\n\r\n")
                return secure.recv(1000)
        except (ssl.SSLError, ConnectionError):
            return b""

    good = authority.issue("proxy.b.twin", "*.proxy.b.twin")
    assert b"200" in answer("health.proxy.a.twin", good)
    assert answer("health.proxy.a.twin", None) == b""
    assert answer("health.proxy.a.twin", Authority().issue("proxy.b.twin")) == b""
    assert answer("health.proxy.a.twin", authority.issue("app.b.twin", "proxy.b.twin")) == b""
    assert answer("redis.proxy.a.twin", good) == b""
    assert answer("proxy.a.twin", good) == b""


def test_a_token_of_the_authority_is_found_whichever_vm_is_asked(a, b):
    folder = "/run/proxy/acme/.well-known/acme-challenge"
    b.proxy.exec("mkdir", "-p", folder)
    b.proxy.write(f"{folder}/token", "ordered by b")

    def ask(vm, name):
        url = f"http://127.0.0.1:{vm.proxy.http_port}/.well-known/acme-challenge/{name}"
        answer = requests.get(url, timeout=10, headers={"Host": "localhost"})
        return answer.status_code, answer.text

    assert ask(a, "token") == ask(b, "token") == (200, "ordered by b")
    assert ask(a, "unknown")[0] == ask(b, "unknown")[0] == 404


def test_a_certificate_of_the_active_side_is_served_by_the_other_too(a, b, authority):
    a.proxy.write("/data/certificates/localhost.pem", authority.issue("localhost"))

    eventually(
        lambda: a.proxy.certificate("localhost") == b.proxy.certificate("localhost"),
        60,
        "b serves a's certificate",
    )
    assert b.proxy.exec("stat", "-c", "%a", "/data/certificates/localhost.pem").strip() == "600"
