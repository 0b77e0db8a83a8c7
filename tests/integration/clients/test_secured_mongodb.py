"""A real MongoDB with users and TLS, as somebody else runs it."""

import pytest

from qlines.clients import mongodb
from qlines.errors import StoreRefusedError, StoreUnavailableError
from qlines.init import stores
from qlines.settings import Settings
from qlines.store import mongo_schema
from tests.harness import secured_daemon
from tests.harness.authority import Authority
from tests.harness.deadline import eventually
from tests.harness.secured_daemon import PASSWORD


@pytest.fixture(scope="module")
def address(image, tmp_path_factory):
    """Return a function that writes an address of the server."""
    authority = Authority(tmp_path_factory.mktemp("tls"))
    tls = f"&tls=true&tlsCAFile={authority.file}"
    with secured_daemon.mongodb(image, authority) as running:

        def address(user="qlines", password=PASSWORD, host="localhost", tls=tls):
            return (
                f"mongodb://{user}:{password}@{host}:{running.port}/?replicaSet=rs"
                f"&authSource=admin{tls}"
            )

        eventually(lambda: is_there(address()), 60, "MongoDB answers")
        secured_daemon.make_mongodb_users(running)
        yield address


def is_there(address):
    """Return whether the server answers, if only that it knows no such user yet."""
    alone = address.replace("replicaSet=rs", "directConnection=true")
    try:
        ask(alone, mongodb.version)
    except StoreUnavailableError as error:
        return isinstance(error, StoreRefusedError)
    return True


def ask(address, question):
    client = mongodb.connect(address).client
    try:
        with mongodb.raising_unavailable():
            return question(client)
    finally:
        client.close()


def refusal(address, question=mongodb.version):
    with pytest.raises(StoreRefusedError) as raised:
        ask(address, question)
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


def test_it_is_prepared_with_the_right_password(address):
    settings = Settings.from_env({"QLINES_MONGODB": address(), "QLINES_DATA_DIR": "/nowhere"})

    stores.prepare_mongodb(settings)

    names = ask(address(), lambda client: client.qlines.list_collection_names())
    assert {"users", "devices"} <= set(names)


def test_its_version_is_known(address):
    assert ask(address(), mongodb.version)[:2] == (6, 0)


def test_a_wrong_password_is_refused_with_the_setting_to_correct(address):
    assert refusal(address(password="wrong")) == (
        "mongodb refuses this program: it does not accept the user and the password in"
        " QLINES_MONGODB: correct them, or authSource"
    )


def test_an_unknown_authority_is_refused_with_the_option_that_names_it(address):
    text = refusal(address(tls="&tls=true"))

    assert "name that authority's certificate in tlsCAFile of QLINES_MONGODB" in text


def test_a_host_that_the_certificate_does_not_name_is_refused(address):
    assert "its certificate is not for 127.0.0.1" in refusal(address(host="127.0.0.1"))


def test_clear_text_to_a_port_with_tls_says_what_may_be_missing(address):
    with pytest.raises(StoreUnavailableError, match="QLINES_MONGODB needs tls=true"):
        ask(address(tls=""), mongodb.version)


def test_a_right_that_is_missing_is_named_when_it_is_needed(address):
    text = refusal(address(user="limited"), lambda client: mongo_schema.ensure(client.qlines))

    assert "the user in QLINES_MONGODB lacks a right there: not authorized on qlines" in text
