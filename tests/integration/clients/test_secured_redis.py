"""A real Redis with users and TLS, and a Sentinel of it, as somebody else runs them."""

from contextlib import closing

import pytest

from qlines.clients import redis
from qlines.errors import StoreRefusedError, StoreUnavailableError
from tests.harness import secured_daemon
from tests.harness.authority import Authority
from tests.harness.deadline import eventually
from tests.harness.ready_stores import is_done
from tests.harness.secured_daemon import PASSWORD, SENTINEL_PASSWORD


@pytest.fixture(scope="module")
def running(image, tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("tls"))
    with secured_daemon.redis(image, authority) as running:
        running.options = f"?ssl_ca_certs={authority.file}"
        yield running


@pytest.fixture(scope="module")
def address(running):
    """Return a function that writes an address of Redis."""

    def address(
        user="default", password=PASSWORD, scheme="rediss", host="localhost",
        options=running.options,
    ):  # fmt: skip
        return f"{scheme}://{user}:{password}@{host}:{running.port}/0{options}"

    eventually(lambda: is_done(lambda: version(address())), 30, "Redis answers")
    return address


@pytest.fixture
def behind_sentinel(running, address):
    """Return a function that writes an address of the Sentinel."""

    def behind(master="mymaster", own=SENTINEL_PASSWORD):
        return (
            f"rediss+sentinel://default:{PASSWORD}@localhost:{running.second_port}/0/{master}"
            f"{running.options}&sentinel_password={own}"
        )

    eventually(lambda: is_done(lambda: version(behind())), 30, "the Sentinel knows the master")
    return behind


def version(address):
    return ask(address, redis.version)


def ask(address, question):
    with closing(redis.connect(address)) as client, redis.raising_unavailable():
        return question(client)


def refusal(address, question=redis.version):
    with pytest.raises(StoreRefusedError) as raised:
        ask(address, question)
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


def test_its_version_is_known_with_the_right_password(address):
    assert version(address())[0] == 8


def test_a_wrong_password_is_refused_with_the_setting_to_correct(address):
    assert refusal(address(password="wrong")) == (
        "redis refuses this program: it does not accept the user and the password in QLINES_REDIS:"
        " correct them"
    )


def test_an_unknown_authority_is_refused_with_the_option_that_names_it(address):
    text = refusal(address(options=""))

    assert "name that authority's certificate in ssl_ca_certs of QLINES_REDIS" in text


def test_a_host_that_the_certificate_does_not_name_is_refused(address):
    assert "its certificate is not for 127.0.0.1" in refusal(address(host="127.0.0.1"))


def test_clear_text_to_a_port_with_tls_says_what_may_be_wrong(address):
    with pytest.raises(StoreUnavailableError, match="QLINES_REDIS begins with rediss"):
        version(address(scheme="redis", options=""))


def test_a_right_that_is_missing_is_named_when_it_is_needed(address):
    text = refusal(address(user="limited"), lambda client: client.set("a", "b"))

    assert "the user in QLINES_REDIS lacks a right there: " in text


def test_behind_a_sentinel_it_is_the_master_that_is_asked(address, behind_sentinel):
    ask(behind_sentinel(), lambda client: client.set("through", "sentinel"))

    assert ask(address(), lambda client: client.get("through")) == b"sentinel"


def test_a_master_that_the_sentinel_does_not_know_is_an_outage_that_names_it(behind_sentinel):
    with pytest.raises(StoreUnavailableError, match="No master found for 'another'"):
        version(behind_sentinel(master="another"))
