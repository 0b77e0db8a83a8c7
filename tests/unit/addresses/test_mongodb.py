import pytest

from appliance.shared.settings import SettingsError
from qlines.addresses.mongodb import LoneMember, lone_member
from qlines.settings import Settings

RIGHT = (
    "mongodb://127.0.0.1:27017/?replicaSet=qlines",
    "mongodb://user:p%40ss%3A@one:1,two,[::1]:3/iot?replicaSet=rs&tls=true",
    "mongodb+srv://user:pass@cluster.example.com/?retryWrites=true",
    f"mongodb://host/?tlsCAFile={__file__}",
)


@pytest.mark.parametrize("text", RIGHT)
def test_an_address_is_taken_as_it_is(text):
    assert Settings.from_env({"QLINES_MONGODB": text}).mongodb == text


WRONG = {
    "localhost:27017": "must be an address such as mongodb://host:27017/?replicaSet=rs0",
    "http://host/": "must be an address such as mongodb://",
    "mongodb:///?replicaSet=rs": "must be an address such as mongodb://",
    "mongodb://one:port/": "must be an address such as mongodb://",
    "mongodb://[::1/": "must be an address such as mongodb://",
    "mongodb://user:hunter2@home@host/": "with @, : and / in user and password percent-encoded",
    "mongodb://user:hunter2:more@host/": "with @, : and / in user and password percent-encoded",
    "mongodb+srv://one,two/": "with one host and without a port, which DNS knows",
    "mongodb+srv://one:27017/": "with one host and without a port, which DNS knows",
    "mongodb://host/?tlsCAFile=/nowhere": "an address in which /nowhere is the path of a file",
}


@pytest.mark.parametrize(("text", "rule"), WRONG.items())
def test_what_is_no_address_is_refused_without_showing_it(text, rule):
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"QLINES_MONGODB": text})

    assert str(raised.value).startswith("QLINES_MONGODB must be ")
    assert rule in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "member"),
    [
        (
            "mongodb://127.0.0.1:27017/?replicaSet=qlines",
            LoneMember("127.0.0.1:27017", "qlines", "mongodb://127.0.0.1:27017/"),
        ),
        (
            "mongodb://user:p%40ss@one/iot?replicaSet=rs&tls=true&tlsCAFile=%2Fca.pem",
            LoneMember(
                "one:27017",
                "rs",
                "mongodb://user:p%40ss@one:27017/iot?tls=true&tlsCAFile=%2Fca.pem",
            ),
        ),
        ("mongodb://one:1,two:2/?replicaSet=rs", None),
        ("mongodb://one:1/", None),
        ("mongodb+srv://cluster.example.com/?replicaSet=rs", None),
    ],
)
def test_a_lone_member_of_a_set_keeps_its_sign_in_and_tls(url, member):
    assert lone_member(url) == member
