import re

import pytest

from proxy.controller.config_manager import read_templates
from proxy.decide.blocks import Address, fill
from proxy.decide.link import Ends
from proxy.decide.nginx import Inputs, Site, render
from proxy.files import ETC
from proxy.link import Link
from proxy.settings import Domain
from qlines.web.device.paths import MAX_POLL_MS
from qlines.web.thingsboard.rpc import MAX_WAIT_SECONDS

APP = Domain("one.example", ("one.example", "www.one.example"), "app")
BLOG = Domain("blog.example", ("blog.example", "www.blog.example"), "blog")
LOCAL = Domain("localhost", ("localhost", "www.localhost"), "app")
HERE = Address("172.18.0.2", 5000, 1883, False)
TWIN = Address("10.8.0.2", 6000, 2883, False)


def site(domain, *, placeholder=False, ocsp=False, mark="1-1"):
    return Site(domain, f"/data/certificates/{domain.name}.pem", mark, placeholder, ocsp)


def texts(*sites, **more):
    given = {
        "sites": sites or (site(APP), site(BLOG)),
        "app": (HERE,),
        "blog": (Address("172.18.0.3", 8080, 0, False),),
        "resolvers": ("127.0.0.11",),
        "uncounted": ("172.18.0.1",),
        "has_ipv6": False,
        "https_port": 443,
        "mqtt_plain": False,
        "access_log": False,
    }
    return render(Inputs(**(given | more)), read_templates())


def test_each_domain_has_a_file_with_its_names_its_certificate_and_its_concern():
    made = texts()

    one, blog = made["site-one.example.conf"], made["site-blog.example.conf"]
    assert "server_name one.example www.one.example;" in one
    assert "ssl_certificate /data/certificates/one.example.pem;" in one
    assert "nginx/app.conf;" in one
    assert "nginx/blog.conf;" in blog
    assert "listen 8443 ssl;" in one
    assert not any("{{" in text for text in made.values())


def test_browsers_are_bound_to_https_only_under_a_certificate_that_they_trust():
    real = texts(site(APP))["site-one.example.conf"]
    placeholder = texts(site(APP, placeholder=True))["site-one.example.conf"]
    own_of_localhost = texts(site(LOCAL))["site-localhost.conf"]

    assert 'set $strict_transport "max-age=31536000";' in real
    assert 'set $strict_transport "";' in placeholder
    assert 'set $strict_transport "";' in own_of_localhost


def test_ocsp_is_stapled_only_where_the_certificate_names_a_responder():
    assert "ssl_stapling on;" in texts(site(APP, ocsp=True))["site-one.example.conf"]
    assert "ssl_stapling" not in texts(site(APP))["site-one.example.conf"]


def test_a_name_that_is_not_ours_is_refused_unless_there_is_no_domain_yet():
    assert "return 421" in texts()["default_server.conf"]
    local = texts(site(LOCAL))
    assert "return" not in local["default_server.conf"]
    assert "listen 8443 ssl default_server;" in local["site-localhost.conf"]
    assert "server_name localhost www.localhost _;" in local["redirect.conf"]


@pytest.mark.parametrize(("port", "shown"), [(443, ""), (8443, ":8443")])
def test_a_redirect_names_the_port_that_visitors_see(port, shown):
    assert f"https://$host{shown}$request_uri;" in texts(https_port=port)["redirect.conf"]


def test_one_upstream_is_plain_and_two_stick_to_a_visitor():
    alone = texts()["upstreams.conf"]
    both = texts(app=(HERE, TWIN))["upstreams.conf"]

    assert "server 172.18.0.2:5000 max_fails=1" in alone
    assert "hash" not in alone
    assert "server 10.8.0.2:6000 max_fails=1" in both
    assert "hash $remote_addr consistent;" in both


def test_with_a_backup_nothing_needs_to_stick():
    made = texts(app=(HERE, TWIN._replace(is_backup=True)))

    assert "fail_timeout=3s backup;" in made["upstreams.conf"]
    assert "hash" not in made["upstreams.conf"]
    assert "server 10.8.0.2:2883 max_fails=1 fail_timeout=3s backup;" in made["mqtt.conf"]


def test_a_backup_that_is_alone_is_no_backup():
    made = texts(app=(TWIN._replace(is_backup=True),))

    assert "backup" not in made["upstreams.conf"] + made["mqtt.conf"]


def test_nginx_starts_while_no_upstream_has_an_address():
    made = texts(app=(), blog=())

    assert made["upstreams.conf"].count("server 127.0.0.1:9 down;") == 3
    assert "server 127.0.0.1:9 down;" in made["mqtt.conf"]


def test_no_two_zones_have_one_name():
    limits = re.findall(r"zone=(\w+):", (ETC / "limits.conf").read_text())
    upstreams = re.findall(r"zone (\w+) ", texts()["upstreams.conf"])

    assert {"people", "devices"} <= set(limits)
    assert len(upstreams) == 3
    assert set(limits) & set(upstreams) == set()


def test_ipv6_is_listened_on_and_written_as_nginx_wants_it():
    made = texts(has_ipv6=True, app=(HERE._replace(address="fd00::2"),), resolvers=("fd00::53",))

    assert "listen [::]:8443 ssl;" in made["site-one.example.conf"]
    assert "server [fd00::2]:5000" in made["upstreams.conf"]
    assert "resolver [fd00::53]" in made["addresses.conf"]


def test_mqtt_has_a_certificate_for_each_domain_of_the_app_and_a_first_one_for_the_rest():
    second = Domain("two.example", ("two.example", "www.two.example"), "app")
    made = texts(site(APP), site(second), site(BLOG))["mqtt.conf"]

    assert made.count("proxy_pass mqtt;") == 2
    assert made.count("default_server") == 1
    assert "blog.example" not in made
    assert "listen 1883" not in made


def test_mqtt_without_tls_is_rendered_only_by_setting():
    assert "listen 1883 so_keepalive" in texts(mqtt_plain=True)["mqtt.conf"]


def test_docker_s_own_address_is_not_counted():
    assert "172.18.0.1/32 0;" in texts()["addresses.conf"]


def test_requests_are_logged_only_by_setting():
    assert "access_log off;" in texts()["nginx.conf"]
    assert "access_log /dev/stdout masked;" in texts(access_log=True)["nginx.conf"]


def read_timeout_seconds(text):
    return int(re.search(r"^ *proxy_read_timeout (\d+)s;", text, re.MULTILINE)[1])


def location(name):
    text = (ETC / "app.conf").read_text()
    return re.search(rf"^location {name} {{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)[1]


def test_a_device_may_wait_for_a_command_as_long_as_the_app_lets_it():
    assert read_timeout_seconds((ETC / "polls.conf").read_text()) > MAX_POLL_MS / 1000
    # Also one that begins to poll in the second before a reload.
    for text in (location("/api/v1/"), texts()["site-one.example.conf"]):
        assert "include /opt/qlines/proxy/etc/nginx/polls.conf;" in text


def test_a_script_may_wait_for_a_device_as_long_as_the_app_lets_it():
    assert "proxy_read_timeout" not in location("/api/")
    assert read_timeout_seconds((ETC / "forwarding.conf").read_text()) > MAX_WAIT_SECONDS


def masked(address):
    """Return what the access log shows of an address: what nginx's map makes of it."""
    text = (ETC / "access_log.conf").read_text()
    for pattern, shown in re.findall(r'"~(\S+)" "(\S+)";', text):
        if found := re.search(pattern.replace("(?<", "(?P<"), address):
            return shown.replace("$rest", found.groupdict().get("rest", ""))
    return address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/api/v1/A1b2C3/rpc?timeout=1", "/api/v1/***/rpc?timeout=1"),
        ("/api/v1/A1b2C3/telemetry", "/api/v1/***/telemetry"),
        ("//api/v1//A1b2C3/telemetry", "/api/v1/***/telemetry"),
        ("/api/unregistered/A1b2C3", "/api/unregistered/***"),
        ("/api/unregistered/A1b2C3/register", "/api/unregistered/***/register"),
        ("/claim?name=pump&secret=A1b2C3", "/claim?***"),
        ("//claim/?secret=A1b2C3&name=pump", "/claim?***"),
        ("/login?next=/claim%3Fname%3Dpump%26secret%3DA1b2C3", "/login?***"),
        ("/login?x=1&next=%2Fclaim%3Fsecret%3DA1b2C3", "/login?***"),
        ("/confirm-address/65f0.17.A1b2C3", "/confirm-address/***"),
        ("//unsubscribe//65f0.0.A1b2C3?x=1", "/unsubscribe/***"),
        ("/api/data?page=2", "/api/data?page=2"),
        ("/claim", "/claim"),
    ],
)
def test_no_address_with_a_secret_is_logged(address, shown):
    assert masked(address) == shown


@pytest.mark.parametrize(
    "place",
    [
        "/api/v1/", "/api/unregistered/", "/claim", "/login", "/confirm-address/", "/unsubscribe/",
    ],
)  # fmt: skip
def test_a_failure_where_addresses_have_secrets_is_not_logged_with_the_address(place):
    assert "error_log stderr crit;" in location(place)


def test_a_new_certificate_in_the_same_file_is_a_new_generation():
    assert texts() == texts()
    before, after = texts(site(APP)), texts(site(APP, mark="2-2"))

    assert before["generation.conf"] != after["generation.conf"]


def test_a_place_without_a_value_is_our_mistake():
    with pytest.raises(KeyError):
        fill("{{a}} {{b}}", a="1")
    with pytest.raises(KeyError):
        fill("{{a}}", a="1", b="2")
    assert fill("$x {{a}} {", a="{{b}}") == "$x {{b}} {"


def test_devices_may_have_a_list_of_their_own():
    made = texts(app=(HERE,), mqtt=(TWIN, HERE._replace(is_backup=True)))

    assert "10.8.0.2" not in made["upstreams.conf"]
    assert "server 10.8.0.2:2883 max_fails=1 fail_timeout=3s;" in made["mqtt.conf"]
    assert "server 172.18.0.2:1883 max_fails=1 fail_timeout=3s backup;" in made["mqtt.conf"]


def test_devices_may_have_machines_of_their_own_for_http_and_mqtt():
    made = texts(site(APP), app=(HERE,), devices=(TWIN,))

    _, of_app, of_devices, _ = made["upstreams.conf"].split("upstream ")
    assert of_app.startswith("app {")
    assert "172.18.0.2:5000" in of_app
    assert of_devices.startswith("devices {")
    assert "10.8.0.2:6000" in of_devices
    assert "172.18.0.2" not in of_devices + made["mqtt.conf"]
    assert "10.8.0.2:2883" in made["mqtt.conf"]


def test_a_device_is_led_to_its_machines_before_a_reload_too():
    made = texts(site(APP), site(BLOG))

    assert "proxy_pass http://$app_or_devices;" in made["site-one.example.conf"]
    assert "proxy_pass http://blog;" in made["site-blog.example.conf"]


def test_without_a_twin_there_is_no_link():
    assert not [name for name in texts() if name.startswith("link")]


def test_the_generation_covers_the_link_too():
    link = Link("a", "proxy.a.twin", "proxy.b.twin", "vm-b", 7443, "/data/twin", "1-1")
    ends = Ends((), (HERE,), None)

    alone, paired = texts(), texts(link=(link, ends))
    renewed = texts(link=(link._replace(mark="2-2"), ends))

    assert "link-stream.conf" in paired
    assert len({made["generation.conf"] for made in (alone, paired, renewed)}) == 3
