import pytest

from proxy.upstreams import APP_PORTS, BLOG_PORTS, Upstream, Upstreams, parse, parse_file

ONE = Upstream("one", 5000, 1883)
DEFAULT = Upstreams((ONE,), (Upstream("blog", 8080, 0),))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("app", Upstream("app", 5000, 1883)),
        ("10.8.0.2:6000", Upstream("10.8.0.2", 6000, 1883)),
        ("twin.example.com:6000:2883", Upstream("twin.example.com", 6000, 2883)),
        ("[fd00::2]:6000:2883", Upstream("fd00::2", 6000, 2883)),
        ("[fd00::2]", Upstream("fd00::2", 5000, 1883)),
    ],
)
def test_a_host_may_name_its_ports(text, meant):
    assert parse(text, APP_PORTS) == (meant,)


def test_a_list_keeps_its_order_and_its_backups():
    found = parse(" app , 10.8.0.2 backup", APP_PORTS)

    assert found == (
        Upstream("app", 5000, 1883),
        Upstream("10.8.0.2", 5000, 1883, is_backup=True),
    )


@pytest.mark.parametrize(
    "text", ["", "app,,two", "a b", "app:99999", "app:0", "app;x", "-app", "one backup", "one,one"]
)
def test_an_invalid_list_is_refused_with_the_rule(text):
    with pytest.raises(ValueError, match=r"HOST\[:HTTP_PORT\[:MQTT_PORT\]\]"):
        parse(text, APP_PORTS)


def test_a_file_replaces_only_what_it_names():
    assert parse_file("# who\n\n app = one , two backup\n", DEFAULT) == Upstreams(
        (ONE, Upstream("two", 5000, 1883, is_backup=True)), DEFAULT.blog
    )
    assert parse_file("blog=b:81", DEFAULT).blog == parse("b:81", BLOG_PORTS)
    assert parse_file("", DEFAULT) == DEFAULT


@pytest.mark.parametrize("line", ["app one", "apps = one", "app = ", "app = one;"])
def test_an_invalid_line_is_named(line):
    with pytest.raises(ValueError, match="line 2 must be"):
        parse_file(f"# first\n{line}\n", DEFAULT)


def test_devices_go_to_the_app_s_machines_unless_they_have_a_list_of_their_own():
    assert parse_file("app = one", DEFAULT).broker == (ONE,)
    assert parse_file("app = two\nmqtt = one", DEFAULT).broker == (ONE,)


def test_a_list_for_devices_is_for_http_and_mqtt_unless_mqtt_has_its_own():
    found = parse_file("app = two\ndevices = one", DEFAULT)

    assert (found.of_devices, found.broker) == ((ONE,), (ONE,))
    found = parse_file("app = one\ndevices = two\nmqtt = one", DEFAULT)
    assert [one.host for one in found.of_devices] == ["two"]
    assert found.broker == (ONE,)
