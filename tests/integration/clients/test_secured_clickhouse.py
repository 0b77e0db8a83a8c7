"""A real ClickHouse 18.16 with a user and TLS, as somebody else runs it."""

from pathlib import Path

import pytest
from clickhouse_driver.errors import ServerException

from qlines.clients import clickhouse
from qlines.errors import StoreRefusedError, StoreUnavailableError
from qlines.store import clickhouse_migrate
from qlines.store.clickhouse_cluster import on_cluster
from tests.harness import secured_daemon
from tests.harness.authority import Authority
from tests.harness.deadline import eventually
from tests.harness.ready_stores import is_done
from tests.harness.secured_daemon import PASSWORD

ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"


@pytest.fixture(scope="module")
def address(image, tmp_path_factory):
    """Return a function that writes an address of the server."""
    folder = tmp_path_factory.mktemp("clickhouse")
    authority = Authority(tmp_path_factory.mktemp("tls"))
    with secured_daemon.clickhouse(image, ETC, folder, authority) as running:

        def address(
            user="qlines", password=PASSWORD, host="localhost", database="iot",
            options=f"?secure=1&ca_certs={authority.file}",
        ):  # fmt: skip
            return f"clickhouse://{user}:{password}@{host}:{running.port}/{database}{options}"

        eventually(lambda: is_done(lambda: version(address())), 60, "ClickHouse answers")
        yield address


def version(address):
    return ask(address, clickhouse.version)


def ask(address, question):
    client = clickhouse.connect(address)
    try:
        with clickhouse.raising_unavailable():
            return question(client)
    finally:
        client.disconnect()


def refusal(address, question=clickhouse.version):
    with pytest.raises(StoreRefusedError) as raised:
        ask(address, question)
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


def test_the_tables_are_made_in_the_database_of_the_address(address):
    assert version(address()) == (18, 16)

    ask(address(), clickhouse_migrate.migrate)

    tables = "SELECT count() FROM system.tables WHERE database = 'iot' AND name = 'points'"
    assert ask(address(), lambda client: client.execute(tables)) == [(1,)]
    ask(address(), clickhouse_migrate.require_current)


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"user": "nobody"}])
def test_a_wrong_password_or_user_is_refused_with_the_setting_to_correct(address, wrong):
    assert refusal(address(**wrong)) == (
        "clickhouse refuses this program: it does not accept the user and the password in"
        " QLINES_CLICKHOUSE: correct them"
    )


def test_a_database_that_is_not_there_is_named(address):
    assert "does not exist: create it" in refusal(address(database="none"), create_a_table)


def test_an_unknown_authority_is_refused_with_the_option_that_names_it(address):
    text = refusal(address(options="?secure=1"))

    assert "name that authority's certificate in ca_certs of QLINES_CLICKHOUSE" in text


def test_a_host_that_the_certificate_does_not_name_is_refused(address):
    assert "its certificate is not for 127.0.0.1" in refusal(address(host="127.0.0.1"))


def test_clear_text_to_a_port_with_tls_says_what_may_be_missing(address):
    with pytest.raises(StoreUnavailableError, match=r"QLINES_CLICKHOUSE needs \?secure=1"):
        version(address(options=""))


NO_CLUSTER = 170  # REQUESTED_CLUSTER_NOT_FOUND; 62 is SYNTAX_ERROR


@pytest.mark.parametrize(
    "statement",
    [
        *[text for migration in clickhouse_migrate.migrations() for text in migration.statements],
        "RENAME TABLE points TO points_by_month, points_by_week TO points",
        "DROP TABLE points_by_month",
    ],
)
def test_it_understands_the_statements_for_a_cluster(address, statement):
    with pytest.raises(ServerException) as raised:
        ask(address(), lambda client: client.execute(on_cluster(statement, "none", "iot")))

    assert raised.value.code == NO_CLUSTER, "it read the whole statement and has no such cluster"


def test_a_right_that_is_missing_is_named_when_it_is_needed(address):
    text = refusal(address(user="limited"), create_a_table)

    assert "the user in QLINES_CLICKHOUSE lacks a right there: " in text


def create_a_table(client):
    client.execute("CREATE TABLE one (x UInt8) ENGINE = Memory")
