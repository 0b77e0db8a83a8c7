import pytest

from appliance.shared.settings import SettingsError
from qlines.addresses.redis import has_sentinels, sentinels
from qlines.clients import redis
from qlines.settings import Settings

BEHIND = (
    "rediss+sentinel://us%40er:p%2Fss@one,two:2/3/mymaster"
    "?sentinel_password=own&ssl_ca_certs=/ca.pem"
)
RIGHT = (
    "redis://127.0.0.1:6379/0",
    "rediss://user:p%40ss@host:6380/1",
    "unix:///run/qlines/redis.sock",
    "redis+sentinel://one:26379,two/0/mymaster",
    f"rediss://host/0?ssl_ca_certs={__file__}",
)


@pytest.mark.parametrize("text", RIGHT)
def test_an_address_is_taken_as_it_is(text):
    assert Settings.from_env({"QLINES_REDIS": text}).redis == text


def test_sentinels_have_a_master_and_a_sign_in_of_their_own():
    found = sentinels(BEHIND)

    assert has_sentinels(BEHIND)
    assert (found.servers, found.master) == ((("one", 26379), ("two", 2)), "mymaster")
    assert found.options == {
        "db": 3, "username": "us@er", "password": "p/ss", "ssl": True, "ssl_ca_certs": "/ca.pem",
    }  # fmt: skip
    assert found.own_options == {"password": "own", "ssl": True, "ssl_ca_certs": "/ca.pem"}
    assert "p/ss" not in repr(found)


def test_without_tls_the_sentinels_get_no_password_of_redis():
    found = sentinels("redis+sentinel://:secret@one/0/mymaster")

    assert (found.options, found.own_options) == ({"db": 0, "password": "secret"}, {})
    assert not has_sentinels("redis://one/0")


def test_a_client_behind_sentinels_knows_the_master_and_waits_as_long_as_it_is_told():
    client = redis.connect("redis+sentinel://one/2/mymaster", answer_seconds=None)

    pool = client.connection_pool
    assert (pool.service_name, pool.connection_kwargs["db"]) == ("mymaster", 2)
    assert pool.connection_kwargs["socket_timeout"] is None


WRONG = {
    "host:6379": "must be an address such as redis://host:6379/0",
    "http://host": "must be an address such as redis://host:6379/0",
    "redis://host:port/0": "must be an address such as redis://host:6379/0",
    "redis://[::1": "must be an address such as redis://host:6379/0",
    "redis+sentinel://[::1": "must be an address such as redis://host:6379/0",
    "redis+sentinel://one:0/0/mymaster": "must be an address such as redis://host:6379/0",
    "redis+sentinel://u:hunter2@one,/0/mymaster": "must be an address such as redis://host:6379/0",
    "redis+sentinel://one/0": "with the number of the database and the master's name",
    "redis+sentinel://one/mymaster": "with the number of the database and the master's name",
    "redis+sentinel://one/0/m?timeout=1": "without the option timeout, with ssl_ca_certs,",
    "rediss://host/0?ssl_ca_certs=/nowhere": "an address in which /nowhere is the path of a file",
    "rediss+sentinel://one/0/m?ssl_keyfile=/nowhere": "an address in which /nowhere is the path",
}


@pytest.mark.parametrize(("text", "rule"), WRONG.items())
def test_what_is_no_address_is_refused_without_showing_it(text, rule):
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"QLINES_REDIS": text})

    assert str(raised.value).startswith("QLINES_REDIS must be ")
    assert rule in str(raised.value)
    assert "hunter2" not in str(raised.value)
