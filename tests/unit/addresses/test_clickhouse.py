import pytest

from appliance.shared.settings import SettingsError
from qlines.addresses.clickhouse import parse
from qlines.settings import Settings


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("127.0.0.1:9000", (("127.0.0.1", 9000),)),
        ("one:1,two:2", (("one", 1), ("two", 2))),
        ("[::1]:9000", (("::1", 9000),)),
        ("clickhouse://one,two:1/", (("one", 9000), ("two", 1))),
        ("clickhouse://one,two:1/?secure=1", (("one", 9440), ("two", 1))),
        ("clickhouses://one", (("one", 9440),)),
        ("clickhouse://one/?alt_hosts=two,three:3", (("one", 9000), ("two", 9000), ("three", 3))),
    ],
)
def test_it_has_one_server_or_several_with_the_port_of_the_protocol(text, servers):
    assert parse(text).servers == servers


def test_it_has_a_user_a_password_a_database_and_options():
    address = parse(
        "clickhouse://al%40ice:p%2Fw%3A@host/iot?secure=true&verify=no&ca_certs=/ca.pem"
    )

    assert (address.user, address.password, address.database) == ("al@ice", "p/w:", "iot")
    assert address.options == {"secure": True, "verify": False, "ca_certs": "/ca.pem"}
    assert "p/w:" not in repr(address)


def test_without_them_it_is_the_default_user_and_database():
    address = parse("127.0.0.1:9000")

    assert (address.user, address.password, address.database) == ("default", "", "default")
    assert address.is_on_loopback
    assert not parse("db-1:9000").is_on_loopback


WRONG = {
    "clickhouse": "must be host:port, several separated by commas, or an address such as",
    "one:1,": "must be host:port",
    "http://host:8123": "must be host:port",
    "clickhouse://host:0": "must be host:port",
    "clickhouse://[::1": "must be host:port",
    "clickhouse://host?tls=1": "with no other options than secure, verify,",
    "clickhouse://host?secure=maybe": "options that are on or off 1 or 0",
    "clickhouse://host?ca_certs=/ca.pem": "ca_certs need secure=1",
    "clickhouse://host?secure=1&ca_certs=/nowhere": (
        "an address in which /nowhere is the path of a file that can be read (No such file"
    ),
    "clickhouse://u:hunter2@host:port": "must be host:port",
}


@pytest.mark.parametrize(("text", "rule"), WRONG.items())
def test_what_is_no_address_is_refused_without_showing_it(text, rule):
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"QLINES_CLICKHOUSE": text})

    assert str(raised.value).startswith("QLINES_CLICKHOUSE must be ")
    assert rule in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_another_database_is_refused_while_this_container_runs_clickhouse():
    env = {"QLINES_CLICKHOUSE": "clickhouse://host/iot"}

    with pytest.raises(SettingsError, match="take clickhouse out of QLINES_ROLES"):
        Settings.from_env(env)

    assert Settings.from_env(env | {"QLINES_ROLES": "writer"}).clickhouse == "clickhouse://host/iot"


NOT_ALONE = {
    "QLINES_CLICKHOUSE_CLUSTER must be a name of at most 100 letters": {
        "QLINES_CLICKHOUSE_CLUSTER": "a'b",
    },
    "QLINES_CLICKHOUSE_WRITE_QUORUM needs QLINES_CLICKHOUSE_CLUSTER": {
        "QLINES_CLICKHOUSE_WRITE_QUORUM": "2",
    },
    "QLINES_CLICKHOUSE_CLUSTER is for a ClickHouse elsewhere": {
        "QLINES_CLICKHOUSE_CLUSTER": "readings",
    },
}


@pytest.mark.parametrize(("sentence", "env"), NOT_ALONE.items())
def test_a_cluster_that_makes_no_sense_is_refused(sentence, env):
    with pytest.raises(SettingsError, match=sentence):
        Settings.from_env(env)


def test_a_quorum_is_a_setting_of_each_insert():
    env = {"QLINES_ROLES": "writer", "QLINES_CLICKHOUSE_CLUSTER": "readings"}

    assert Settings.from_env(env).clickhouse_insert_settings == {}
    with_quorum = Settings.from_env(env | {"QLINES_CLICKHOUSE_WRITE_QUORUM": "2"})
    assert with_quorum.clickhouse_insert_settings == {"insert_quorum": 2}
